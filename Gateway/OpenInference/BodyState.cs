using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Serving;
using Serving.Inference;

namespace Gateway.OpenInference;

/// <summary>
/// What the readers of one body share: where they are, what they may take, the memory they rent, the first fault.
/// </summary>
internal ref struct BodyState
{
    public JsonCursor Cursor;

    /// <summary>The whole body, blobs included.</summary>
    public required ReadOnlySequence<byte> Body;

    /// <summary>The model's name, for sentences.</summary>
    public required string Model;

    public required ReadLimits Limits;
    public required NameTable Names;
    public required TensorPool Pool;

    /// <summary>The body's memory outlives the tensors, so that they may refer to it.</summary>
    public required bool MayRefer;

    /// <summary>Room to resolve escapes in; a name or text with escapes must fit it as written.</summary>
    public required Span<byte> Scratch;

    /// <summary>Where the next blob starts; negative when the request has no binary part.</summary>
    public required long NextBlob;

    public TensorLease? Lease;
    public ServingError? Error;

    /// <summary>Keeps the first fault. Always false, so that readers can return it.</summary>
    public bool Invalid(string message)
    {
        Error ??= ServingError.Invalid(message);
        return false;
    }

    /// <summary>The fault that ended reading: what a reader said, else where the JSON broke.</summary>
    public readonly ServingError Fault() => Error ?? ServingError.Invalid(
        Cursor.Position >= Cursor.Text.Length
            ? $"the request body is not valid JSON: it ends where {Cursor.Expected ?? "more"} should follow"
            : $"the request body is not valid JSON: expected {Cursor.Expected ?? "a value"} at byte {Cursor.Position}");

    public Memory<byte> Rent(int length) => (Lease ??= new TensorLease(Pool)).Rent(length);

    /// <summary>Steps into an array or object.</summary>
    public bool Open(byte bracket, FieldPath path)
    {
        var token = Cursor.Peek();
        if (token == 0) return Cursor.Fail("a value");
        if (token != bracket) return Invalid(bracket == (byte)'[' ? $"{path} must be an array" : $"{path} must be an object");
        Cursor.Position++;
        return true;
    }

    /// <summary>
    /// As <see cref="JsonCursor.NextMember"/>, with the key's escapes resolved; a key too long to be ours stays as written.
    /// </summary>
    public bool NextMember(ref bool first, out ReadOnlySpan<byte> key)
    {
        if (!Cursor.NextMember(ref first, out key, out var escaped)) return false;
        if (escaped && key.Length <= Scratch.Length && JsonText.TryUnescape(key, Scratch, out var length))
            key = Scratch[..length];
        return true;
    }

    /// <summary>Reads a non-empty name through the table.</summary>
    public bool ReadName(FieldPath path, out string name)
    {
        name = "";
        if (Cursor.Peek() != (byte)'"') return Invalid($"{path} must be a string");
        return Cursor.TakeString(out var raw, out var escaped) && ResolveName(raw, escaped, path, out name);
    }

    public bool ResolveName(scoped ReadOnlySpan<byte> raw, bool escaped, FieldPath path, out string name)
    {
        name = "";
        if (raw.IsEmpty) return Invalid($"{path} is empty");
        if (!Unescape(raw, escaped, Limits.MaxNameBytes, path, out var length)) return false;
        scoped var text = escaped ? Scratch[..length] : raw;
        var found = Names.Get(text);
        if (found is null) return Invalid($"{path} is not valid UTF-8");
        name = found;
        return true;
    }

    /// <summary>Reads text that is not worth remembering, such as an id.</summary>
    public bool ReadText(FieldPath path, out string text)
    {
        text = "";
        if (Cursor.Peek() != (byte)'"') return Invalid($"{path} must be a string");
        if (!Cursor.TakeString(out var raw, out var escaped)) return false;
        if (!Unescape(raw, escaped, Limits.MaxTextBytes, path, out var length)) return false;
        var plain = escaped ? Scratch[..length] : raw;
        if (!Utf8.IsValid(plain)) return Invalid($"{path} is not valid UTF-8");
        text = Encoding.UTF8.GetString(plain);
        return true;
    }

    /// <summary>Resolves the escapes, if any, into <see cref="Scratch"/>, and checks the length of the text.</summary>
    private bool Unescape(scoped ReadOnlySpan<byte> raw, bool escaped, int limit, FieldPath path, out int length)
    {
        length = raw.Length;
        if (escaped)
        {
            if (raw.Length > Scratch.Length) return Invalid($"{path} is longer than {limit} bytes");
            if (!JsonText.TryUnescape(raw, Scratch, out length)) return Invalid($"{path} is not valid Unicode");
        }

        return length <= limit || Invalid($"{path} is longer than {limit} bytes");
    }
}
