using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Gateway.OpenInference;
using Serving;
using Serving.Inference;

namespace Gateway.Grpc.Codec;

/// <summary>What has been read of a ModelInferRequest so far, and what its readers share.</summary>
internal struct InferDraft
{
    public required ReadLimits Limits;
    public required NameTable Names;
    public required TensorPool Pool;
    public required bool MayRefer;

    public string Model = "";
    public string Version = "";
    public string Id = "";
    public Tensor[] Inputs = [];
    public RequestedOutput[] Outputs = [];

    /// <summary>Beside <see cref="Outputs"/>; null while no output asks for classes.</summary>
    public OutputForm[]? Forms;

    public RequestParameter[] Parameters = [];
    public int ParameterCount;
    public int Priority;
    public TimeSpan? Timeout;
    public TensorLease? Lease;
    public bool Refers;
    public ServingError? Error;

    /// <summary>The bytes are no such message at all.</summary>
    public bool IsMalformed;

    public InferDraft()
    {
    }

    /// <summary>Keeps the first fault. Always false, so that readers can return it.</summary>
    public bool Invalid(string message) => Fail(ServingError.Invalid(message));

    public bool Fail(ServingError error)
    {
        Error ??= error;
        return false;
    }

    public bool Malformed()
    {
        IsMalformed = true;
        return false;
    }

    /// <summary>A name, through the table.</summary>
    public bool ReadName(in ReadOnlySequence<byte> bytes, FieldPath path, out string name)
    {
        name = "";
        if (bytes.IsEmpty) return true;
        if (bytes.Length > Limits.MaxNameBytes) return Invalid($"{path} is longer than {Limits.MaxNameBytes} bytes");
        Span<byte> joined = stackalloc byte[bytes.IsSingleSegment ? 0 : (int)bytes.Length];
        scoped var span = bytes.FirstSpan;
        if (!bytes.IsSingleSegment)
        {
            bytes.CopyTo(joined);
            span = joined;
        }

        var found = Names.Get(span);
        if (found is null) return Invalid($"{path} is not valid UTF-8");
        name = found;
        return true;
    }

    /// <summary>Text that is not worth remembering.</summary>
    public bool ReadText(in ReadOnlySequence<byte> bytes, FieldPath path, out string text)
    {
        text = "";
        if (bytes.IsEmpty) return true;
        if (bytes.Length > Limits.MaxTextBytes) return Invalid($"{path} is longer than {Limits.MaxTextBytes} bytes");
        scoped ReadOnlySpan<byte> span = bytes.IsSingleSegment ? bytes.FirstSpan : bytes.ToArray();
        if (!Utf8.IsValid(span)) return Invalid($"{path} is not valid UTF-8");
        text = Encoding.UTF8.GetString(span);
        return true;
    }
}
