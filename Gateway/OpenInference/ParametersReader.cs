using System.Text;

namespace Gateway.OpenInference;

/// <summary>Reads a request's <c>parameters</c>: those the protocol's extensions define, and the caller's own.</summary>
internal static class ParametersReader
{
    private const long MostMicroseconds = long.MaxValue / TimeSpan.TicksPerMicrosecond;

    public static bool Read(ref BodyState state, ref RequestDraft draft)
    {
        ref var cursor = ref state.Cursor;
        if (cursor.TakeNull()) return true;
        if (!state.Open((byte)'{', FieldPath.Of("parameters"))) return false;
        for (var first = true; cursor.NextMember(ref first, out var key, out var escaped);)
        {
            if (!state.ResolveName(key, escaped, FieldPath.Of("a key of parameters"), out var name)) return false;
            if (name.StartsWith("triton_", StringComparison.Ordinal))
                return state.Invalid($"parameters.{name} is reserved: keys may not start with 'triton_'");
            if (!ReadValue(ref state, name, out var parameter)) return false;
            if (!Understand(ref state, ref draft, parameter)) return false;
            if (name == "binary_data_output") continue;
            if (draft.ParameterCount == state.Limits.MaxParameters)
                return state.Invalid($"parameters has more than {state.Limits.MaxParameters} entries");
            foreach (var earlier in draft.Parameters.AsSpan(0, draft.ParameterCount))
                if (earlier.Name == name) return state.Invalid($"parameters.{name} is given twice");
            if (draft.ParameterCount == draft.Parameters.Length)
                Array.Resize(ref draft.Parameters, Math.Max(2, draft.ParameterCount * 2));
            draft.Parameters[draft.ParameterCount++] = parameter;
        }

        return cursor.Expected is null;
    }

    private static bool ReadValue(ref BodyState state, string name, out RequestParameter parameter)
    {
        parameter = default;
        ref var cursor = ref state.Cursor;
        var path = new FieldPath("parameters", -1, name);
        var token = cursor.Peek();
        if (token == (byte)'"')
        {
            if (!state.ReadText(path, out var text)) return false;
            parameter = new RequestParameter(name, ParameterKind.Text, text);
            return true;
        }

        if (token is (byte)'{' or (byte)'[' or (byte)'n') return state.Invalid($"{path} must be a string, a number or a boolean");
        var start = cursor.Position;
        if (!cursor.Skip(depth: 2)) return false;
        var value = cursor.Text[start..cursor.Position];
        if (value.Length > state.Limits.MaxTextBytes)
            return state.Invalid($"{path} is longer than {state.Limits.MaxTextBytes} bytes");
        parameter = token switch
        {
            (byte)'t' => new RequestParameter(name, ParameterKind.Boolean, "true"),
            (byte)'f' => new RequestParameter(name, ParameterKind.Boolean, "false"),
            _ => new RequestParameter(name, ParameterKind.Number, Encoding.ASCII.GetString(value)),
        };
        return true;
    }

    /// <summary>Takes in the parameters that mean something to the server itself.</summary>
    private static bool Understand(ref BodyState state, ref RequestDraft draft, in RequestParameter parameter)
    {
        var (name, kind, text) = parameter;
        switch (name)
        {
            case "binary_data_output":
                draft.BinaryOutputs = text == "true";
                return kind == ParameterKind.Boolean || state.Invalid("parameters.binary_data_output must be true or false");
            case "sequence_start" or "sequence_end":
                return kind == ParameterKind.Boolean || state.Invalid($"parameters.{name} must be true or false");
            case "sequence_id":
                return kind == ParameterKind.Text || IsWhole(parameter, ulong.MaxValue, out _)
                    || state.Invalid("parameters.sequence_id must be a string or a whole number of at most 64 bits");
            case "priority":
                if (!IsWhole(parameter, int.MaxValue, out var priority))
                    return state.Invalid($"parameters.priority must be a whole number from 0 to {int.MaxValue}");
                draft.Priority = (int)priority;
                return true;
            case "timeout":
                if (!IsWhole(parameter, MostMicroseconds, out var microseconds))
                {
                    return state.Invalid(
                        $"parameters.timeout must be a whole number of microseconds from 0 to {MostMicroseconds}");
                }

                draft.Timeout = microseconds == 0 ? null : TimeSpan.FromTicks((long)microseconds * TimeSpan.TicksPerMicrosecond);
                return true;
            default:
                return true;
        }
    }

    private static bool IsWhole(in RequestParameter parameter, ulong atMost, out ulong value)
    {
        value = 0;
        return parameter.Kind == ParameterKind.Number && ulong.TryParse(parameter.Text, out value) && value <= atMost;
    }
}
