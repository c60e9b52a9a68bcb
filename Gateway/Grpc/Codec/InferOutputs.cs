using System.Buffers;
using Gateway.OpenInference;
using Serving;
using Serving.Inference;

namespace Gateway.Grpc.Codec;

/// <summary>Reads the outputs that a ModelInferRequest asks for.</summary>
internal static class InferOutputs
{
    /// <param name="draft">Whose outputs have room for all of them.</param>
    /// <param name="bytes">An InferRequestedOutputTensor.</param>
    /// <param name="index">Which.</param>
    public static bool Read(ref InferDraft draft, in ReadOnlySequence<byte> bytes, int index)
    {
        var path = new FieldPath("outputs", index, null);
        var reader = new WireReader(bytes);
        var name = "";
        while (reader.Next())
        {
            if (reader.Is(1, WireType.Bytes))
            {
                if (!draft.ReadName(reader.Bytes(), path["name"], out name)) return false;
            }
            else if (reader.Is(2, WireType.Bytes))
            {
                var entry = reader.Bytes();
                if (!reader.IsMalformed && !ReadParameter(ref draft, entry, path["parameters"], index)) return false;
            }
            else reader.Skip();
        }

        if (reader.IsMalformed) return draft.Malformed();
        if (name.Length == 0) return draft.Invalid($"{path}.name is missing");
        foreach (var earlier in draft.Outputs.AsSpan(0, index))
            if (earlier.Name == name) return draft.Invalid($"{path}.name: output '{name}' is asked for twice");
        draft.Outputs[index] = new RequestedOutput(name);
        return true;
    }

    private static bool ReadParameter(ref InferDraft draft, in ReadOnlySequence<byte> entry, FieldPath path, int index)
    {
        if (!InferParameters.ReadEntry(ref draft, entry, path, out var name, out var value)) return false;
        if (name == "classification")
        {
            if (!value.IsWhole(int.MaxValue, out var classes))
                return draft.Invalid($"{path}.classification must be an int64_param: a number of classes, not negative");
            if (classes == 0) return true;
            draft.Forms ??= new OutputForm[draft.Outputs.Length];
            draft.Forms[index] = new OutputForm(Binary: true, (int)classes);
            return true;
        }

        return !name.StartsWith("shared_memory_", StringComparison.Ordinal) || draft.Fail(new ServingError(
            ErrorCode.Unsupported, $"{path} asks for shared memory, which is not served here; take the data from the answer"));
    }
}
