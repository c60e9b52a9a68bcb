using Serving.Inference;

namespace Gateway.OpenInference;

/// <summary>Reads a request's <c>inputs</c> into tensors.</summary>
internal static class InputsReader
{
    private const string TypeNames =
        "BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, BF16, FP32, FP64, BYTES";

    public static bool Read(ref BodyState state, ref RequestDraft draft)
    {
        ref var cursor = ref state.Cursor;
        if (!state.Open((byte)'[', FieldPath.Of("inputs"))) return false;
        for (var first = true; cursor.NextElement(ref first);)
        {
            if (draft.InputCount == state.Limits.MaxInputs)
                return state.Invalid($"inputs has more than {state.Limits.MaxInputs} entries");
            var path = new FieldPath("inputs", draft.InputCount, null);
            if (!ReadInput(ref state, path, out var tensor)) return false;
            foreach (var earlier in draft.Inputs.AsSpan(0, draft.InputCount))
                if (earlier.Name == tensor.Name) return state.Invalid($"{path}.name: input '{tensor.Name}' is given twice");
            if (draft.InputCount == draft.Inputs.Length) Array.Resize(ref draft.Inputs, Math.Max(1, draft.InputCount * 2));
            draft.Inputs[draft.InputCount++] = tensor;
        }

        return cursor.Expected is null;
    }

    private static bool ReadInput(ref BodyState state, FieldPath path, out Tensor tensor)
    {
        tensor = null!;
        ref var cursor = ref state.Cursor;
        if (!state.Open((byte)'{', path)) return false;
        var draft = new InputDraft();
        for (var first = true; state.NextMember(ref first, out var key);)
            if (!ReadMember(ref state, path, key, ref draft)) return false;
        return cursor.Expected is null && Finish(ref state, path, ref draft, out tensor);
    }

    private static bool ReadMember(ref BodyState state, FieldPath path, scoped ReadOnlySpan<byte> key, ref InputDraft draft)
    {
        ref var cursor = ref state.Cursor;
        if (key.SequenceEqual("name"u8))
        {
            if (draft.Name is not null) return Twice(ref state, path, "name");
            return state.ReadName(path with { Field = "name" }, out draft.Name);
        }

        if (key.SequenceEqual("shape"u8))
        {
            if (draft.Shape is not null) return Twice(ref state, path, "shape");
            return ShapeReader.Read(ref state, path with { Field = "shape" }, out draft.Shape);
        }

        if (key.SequenceEqual("datatype"u8))
        {
            if (draft.Type != default) return Twice(ref state, path, "datatype");
            return ReadType(ref state, path, out draft.Type);
        }

        if (key.SequenceEqual("data"u8))
        {
            if (draft.DataStart >= 0) return Twice(ref state, path, "data");
            cursor.Peek();
            draft.DataStart = cursor.Position;

            // Without shape and type the data waits until they are known.
            if (draft.Shape is null || draft.Type == default) return cursor.Skip(depth: 3);
            draft.HasData = true;
            return TensorDataReader.Read(ref state, path with { Field = "data" }, draft.Type, draft.Shape, out draft.Data);
        }

        return key.SequenceEqual("parameters"u8) ? ReadParameters(ref state, path, ref draft) : cursor.Skip(depth: 3);
    }

    private static bool Twice(ref BodyState state, FieldPath path, string field) =>
        state.Invalid($"{path}.{field} is given twice");

    private static bool ReadType(ref BodyState state, FieldPath path, out TensorType type)
    {
        type = default;
        ref var cursor = ref state.Cursor;
        if (cursor.Peek() != (byte)'"') return state.Invalid($"{path}.datatype must be a string");
        if (!cursor.TakeString(out var raw, out _)) return false;
        return TensorTypes.TryParse(raw, out type) || state.Invalid($"{path}.datatype is not one of {TypeNames}");
    }

    private static bool ReadParameters(ref BodyState state, FieldPath path, ref InputDraft draft)
    {
        ref var cursor = ref state.Cursor;
        if (cursor.TakeNull()) return true;
        if (!state.Open((byte)'{', path with { Field = "parameters" })) return false;
        for (var first = true; state.NextMember(ref first, out var key);)
        {
            if (key.SequenceEqual("binary_data_size"u8))
            {
                if (draft.BlobSize >= 0) return Twice(ref state, path, "parameters.binary_data_size");
                cursor.Peek();
                var fault = IntegerFormat<long>.Read(cursor.Text, ref cursor.Position, out draft.BlobSize);
                if (fault != DataFault.None || draft.BlobSize < 0)
                    return state.Invalid($"{path}.parameters.binary_data_size must be a whole number of bytes, not negative");
            }
            else if (key.StartsWith("shared_memory_"u8))
            {
                return state.Invalid(
                    $"{path}.parameters asks for shared memory, which is not supported here; send the data with the request");
            }
            else if (!cursor.Skip(depth: 4)) return false;
        }

        return cursor.Expected is null;
    }

    private static bool Finish(ref BodyState state, FieldPath path, ref InputDraft draft, out Tensor tensor)
    {
        tensor = null!;
        var (name, shape) = (draft.Name, draft.Shape);
        if (name is null) return state.Invalid($"{path}.name is missing");
        if (shape is null) return state.Invalid($"{path}.shape is missing");
        if (draft.Type == default) return state.Invalid($"{path}.datatype is missing");
        if (!draft.HasData && !ReadLateData(ref state, path, name, shape, ref draft)) return false;
        if (draft.HasData && draft.BlobSize >= 0)
            return state.Invalid($"{path} has both data and parameters.binary_data_size; send one of them");
        tensor = new Tensor(name, draft.Type, shape, draft.Data);
        return true;
    }

    /// <summary>Reads the data that could not be read in passing: a blob, or JSON before the shape or the type.</summary>
    private static bool ReadLateData(ref BodyState state, FieldPath path, string name, long[] shape, ref InputDraft draft)
    {
        if (draft.DataStart < 0)
        {
            if (draft.BlobSize < 0) return state.Invalid($"{path}.data is missing, and there is no parameters.binary_data_size");
            return BinaryBlobReader.Read(ref state, path, name, draft.Type, shape, draft.BlobSize, out draft.Data);
        }

        var end = state.Cursor.Position;
        state.Cursor.Position = draft.DataStart;
        draft.HasData = true;
        if (!TensorDataReader.Read(ref state, path with { Field = "data" }, draft.Type, shape, out draft.Data)) return false;
        state.Cursor.Position = end;
        return true;
    }

    private struct InputDraft
    {
        public InputDraft()
        {
        }

        public string? Name;
        public long[]? Shape;
        public TensorType Type;
        public ReadOnlyMemory<byte> Data;
        public bool HasData;
        public int DataStart = -1;
        public long BlobSize = -1;
    }
}
