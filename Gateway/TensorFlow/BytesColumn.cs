using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text.Unicode;
using Gateway.OpenInference;

namespace Gateway.TensorFlow;

/// <summary>Elements of any length: text, or <c>{"b64": "..."}</c> for bytes.</summary>
internal sealed class BytesColumn : ElementColumn
{
    private const int Prefix = 4;

    /// <summary>Whether an object that holds bytes stands at the cursor: <c>b64</c> and nothing else.</summary>
    public static bool IsBase64(JsonCursor cursor)
    {
        if (cursor.Peek() != (byte)'{') return false;
        cursor.Position++;
        var first = true;
        return cursor.NextMember(ref first, out var key, out _) && key.SequenceEqual("b64"u8)
            && cursor.TakeString(out _, out _) && cursor.Peek() == (byte)'}';
    }

    public override DataFault Read(ref BodyState state)
    {
        ref var cursor = ref state.Cursor;
        var start = cursor.Position;
        var inObject = IsBase64(cursor);
        if (inObject)
        {
            cursor.Position++;
            var first = true;
            cursor.NextMember(ref first, out _, out _);
        }

        if (cursor.Peek() != (byte)'"') return DataFault.WrongKind;
        if (!cursor.TakeString(out var raw, out var escaped)) return DataFault.Malformed;
        if (!Reserve(ref state, Prefix + raw.Length)) return DataFault.OutOfRange;
        var element = Block.Span[(Written + Prefix)..];
        var length = raw.Length;
        if (!escaped) raw.CopyTo(element);
        var valid = escaped ? JsonText.TryUnescape(raw, element, out length) : inObject || Utf8.IsValid(raw);
        if (valid && inObject)
        {
            valid = Base64.DecodeFromUtf8InPlace(element[..length], out length) == OperationStatus.Done;
            cursor.Take((byte)'}', "'}'");
        }

        if (!valid)
        {
            cursor.Position = start;
            return inObject ? DataFault.OutOfRange : DataFault.NotUnicode;
        }

        BinaryPrimitives.WriteInt32LittleEndian(Block.Span[Written..], length);
        Written += Prefix + length;
        Count++;
        return DataFault.None;
    }
}
