using Serving.Inference;

namespace Gateway.OpenInference;

/// <summary>Reads a request's <c>outputs</c>: which are asked for, and in which form each.</summary>
internal static class OutputsReader
{
    public static bool Read(ref BodyState state, ref RequestDraft draft)
    {
        ref var cursor = ref state.Cursor;
        if (cursor.TakeNull()) return true;
        if (!state.Open((byte)'[', FieldPath.Of("outputs"))) return false;
        for (var first = true; cursor.NextElement(ref first);)
        {
            if (draft.OutputCount == state.Limits.MaxOutputs)
                return state.Invalid($"outputs has more than {state.Limits.MaxOutputs} entries");
            if (!ReadOutput(ref state, ref draft)) return false;
        }

        return cursor.Expected is null;
    }

    private static bool ReadOutput(ref BodyState state, ref RequestDraft draft)
    {
        ref var cursor = ref state.Cursor;
        var path = new FieldPath("outputs", draft.OutputCount, null);
        if (!state.Open((byte)'{', path)) return false;
        string? name = null;
        var form = default(RequestedForm);
        for (var first = true; state.NextMember(ref first, out var key);)
        {
            if (key.SequenceEqual("name"u8))
            {
                if (name is not null) return state.Invalid($"{path}.name is given twice");
                if (!state.ReadName(path with { Field = "name" }, out name)) return false;
            }
            else if (key.SequenceEqual("parameters"u8))
            {
                if (!ReadForm(ref state, path with { Field = "parameters" }, ref form)) return false;
            }
            else if (!cursor.Skip(depth: 3)) return false;
        }

        if (cursor.Expected is not null) return false;
        if (name is null) return state.Invalid($"{path}.name is missing");
        foreach (var earlier in draft.Outputs.AsSpan(0, draft.OutputCount))
            if (earlier.Name == name) return state.Invalid($"{path}.name: output '{name}' is asked for twice");
        if (draft.OutputCount == draft.Outputs.Length)
        {
            Array.Resize(ref draft.Outputs, Math.Max(1, draft.OutputCount * 2));
            Array.Resize(ref draft.Forms, draft.Outputs.Length);
        }

        draft.Outputs[draft.OutputCount] = new RequestedOutput(name);
        draft.Forms[draft.OutputCount++] = form;
        return true;
    }

    private static bool ReadForm(ref BodyState state, FieldPath path, ref RequestedForm form)
    {
        ref var cursor = ref state.Cursor;
        if (cursor.TakeNull()) return true;
        if (!state.Open((byte)'{', path)) return false;
        for (var first = true; state.NextMember(ref first, out var key);)
        {
            if (key.SequenceEqual("binary_data"u8))
            {
                var token = cursor.Peek();
                if (!cursor.Skip(depth: 4)) return false;
                if (token is not ((byte)'t' or (byte)'f')) return state.Invalid($"{path}.binary_data must be true or false");
                form = form with { Binary = token == (byte)'t' };
            }
            else if (key.SequenceEqual("classification"u8))
            {
                cursor.Peek();
                if (IntegerFormat<int>.Read(cursor.Text, ref cursor.Position, out var classes) != DataFault.None || classes < 0)
                    return state.Invalid($"{path}.classification must be a whole number of classes, not negative");
                form = form with { Classes = classes };
            }
            else if (key.StartsWith("shared_memory_"u8))
            {
                return state.Invalid($"{path} asks for shared memory, which is not supported here");
            }
            else if (!cursor.Skip(depth: 4)) return false;
        }

        return cursor.Expected is null;
    }
}
