using System.Buffers;
using Gateway.Grpc.Messages;
using Gateway.OpenInference;
using Google.Protobuf;
using Serving;
using Serving.Inference;

namespace Gateway.Grpc.Codec;

/// <summary>Reads the inputs of a ModelInferRequest into tensors.</summary>
internal static class InferInputs
{
    private const string Types = "BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, BF16, FP32, FP64, BYTES";

    /// <param name="draft">Whose inputs have room for all of them.</param>
    /// <param name="bytes">An InferInputTensor.</param>
    /// <param name="index">Which.</param>
    /// <param name="raws">Stands before this input's raw contents.</param>
    /// <param name="isRaw">The request's inputs are raw.</param>
    public static bool Read(ref InferDraft draft, in ReadOnlySequence<byte> bytes, int index, ref WireReader raws, bool isRaw)
    {
        var path = new FieldPath("inputs", index, null);
        var (name, type, shape) = ("", default(TensorType), new ShapeDraft());
        InferTensorContents? contents = null;
        var reader = new WireReader(bytes);
        while (reader.Next())
        {
            var read = (reader.Field, reader.Type) switch
            {
                (1, WireType.Bytes) => draft.ReadName(reader.Bytes(), path["name"], out name),
                (2, WireType.Bytes) => ReadType(ref draft, reader.Bytes(), path, out type),
                (3, WireType.Bytes) => shape.ReadPacked(reader.Bytes()) || draft.Malformed(),
                (3, WireType.Varint) => shape.Add((long)reader.Varint()),
                (4, WireType.Bytes) => ReadParameter(ref draft, reader.Bytes(), path),
                (5, WireType.Bytes) => ReadContents(ref draft, reader.Bytes(), ref contents),
                _ => Skip(ref reader),
            };
            if (reader.IsMalformed) return draft.Malformed();
            if (!read) return false;
        }

        if (reader.IsMalformed) return draft.Malformed();
        if (name.Length == 0) return draft.Invalid($"{path}.name is missing");
        foreach (var earlier in draft.Inputs.AsSpan(0, index))
            if (earlier.Name == name) return draft.Invalid($"{path}.name: input '{name}' is given twice");
        if (type == default) return draft.Invalid($"{path}.datatype is missing");
        if (!CheckShape(ref draft, path, shape, out var dimensions, out var elements)) return false;

        ReadOnlyMemory<byte> data;
        if (!isRaw)
        {
            if (!TypedContents.Read(ref draft, path, type, dimensions, elements, contents, out data)) return false;
        }
        else
        {
            if (contents is not null)
                return draft.Invalid($"{path} has contents, but the request has raw_input_contents; send one of them");
            if (!raws.TryFind(InferRequestFormat.RawInputContents, out var raw)) return draft.Malformed();
            if (!ReadRaw(ref draft, index, type, dimensions, elements, raw, out data)) return false;
        }

        draft.Inputs[index] = new Tensor(name, type, dimensions, data);
        return true;
    }

    private static bool Skip(ref WireReader reader)
    {
        reader.Skip();
        return true;
    }

    private static bool ReadType(ref InferDraft draft, in ReadOnlySequence<byte> bytes, FieldPath path, out TensorType type)
    {
        type = default;
        Span<byte> name = stackalloc byte[8];
        if (bytes.Length <= name.Length)
        {
            bytes.CopyTo(name);
            if (bytes.IsEmpty || TensorTypes.TryParse(name[..(int)bytes.Length], out type)) return true;
        }

        return draft.Invalid($"{path}.datatype is not one of {Types}");
    }

    private static bool ReadParameter(ref InferDraft draft, in ReadOnlySequence<byte> entry, FieldPath path)
    {
        if (!InferParameters.ReadEntry(ref draft, entry, path["parameters"], out var name, out _)) return false;
        return !name.StartsWith("shared_memory_", StringComparison.Ordinal) || draft.Fail(new ServingError(
            ErrorCode.Unsupported,
            $"{path}.parameters asks for shared memory, which is not served here; send the data with the request"));
    }

    private static bool ReadContents(ref InferDraft draft, in ReadOnlySequence<byte> bytes, ref InferTensorContents? contents)
    {
        try
        {
            // A message field that comes twice is merged, as protobuf has it.
            contents ??= new InferTensorContents();
            contents.MergeFrom(bytes);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            return draft.Malformed();
        }
    }

    private static bool CheckShape(
        ref InferDraft draft, FieldPath path, in ShapeDraft shape, out long[] dimensions, out long elements)
    {
        elements = 0;
        dimensions = [];
        if (shape.Rank > draft.Limits.MaxRank)
            return draft.Invalid($"{path}.shape has more than {draft.Limits.MaxRank} dimensions");
        dimensions = shape.ToArray();
        var negative = dimensions.AsSpan().IndexOfAnyInRange(long.MinValue, -1);
        if (negative >= 0)
            return draft.Invalid($"{path}.shape[{negative}] is {dimensions[negative]}; a dimension cannot be negative");
        return TensorShape.TryElementCount(dimensions, out elements)
            || draft.Invalid($"{path}.shape {TensorShape.Format(dimensions)} has more elements than a tensor can hold");
    }

    private static bool ReadRaw(
        ref InferDraft draft, int index, TensorType type, long[] shape, long elements,
        in ReadOnlySequence<byte> raw, out ReadOnlyMemory<byte> data)
    {
        data = default;
        var path = new FieldPath("raw_input_contents", index, null);
        if (type != TensorType.Bytes && (UInt128)(ulong)elements * (uint)type.Size() != (ulong)raw.Length)
        {
            return draft.Invalid($"{path} has {raw.Length} bytes, but shape {TensorShape.Format(shape)} of {type.Name()} "
                + $"needs {(UInt128)(ulong)elements * (uint)type.Size()}");
        }

        data = BinaryBlobReader.Take(raw, type, draft.MayRefer, draft.Pool, ref draft.Lease);
        draft.Refers |= !data.IsEmpty && data.Equals(raw.First);
        return RawElements.Fault(type, shape, elements, data.Span) is not { } fault || draft.Invalid($"{path} {fault}");
    }
}
