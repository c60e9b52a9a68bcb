using System.Buffers;
using Gateway.OpenInference;

namespace Gateway.Grpc.Codec;

/// <summary>Reads entries of the <c>parameters</c> maps.</summary>
internal static class InferParameters
{
    /// <summary>What a stream's client sends with each request to learn which answer is the last; here each is.</summary>
    private const string EmptyFinalResponse = "triton_enable_empty_final_response";

    private const long MicrosecondsAtMost = long.MaxValue / TimeSpan.TicksPerMicrosecond;

    /// <summary>Takes in one parameter of the request itself.</summary>
    public static bool Read(ref InferDraft draft, in ReadOnlySequence<byte> entry)
    {
        if (!ReadEntry(ref draft, entry, FieldPath.Of("parameters"), out var name, out var value)) return false;
        if (!Understand(ref draft, name, value)) return false;
        var entries = draft.Parameters.AsSpan(0, draft.ParameterCount);
        for (var i = 0; i < entries.Length; i++)
        {
            if (entries[i].Name != name) continue;

            // Of two entries of a map with one key the last one holds.
            entries[i] = value.Named(name);
            return true;
        }

        if (draft.ParameterCount == draft.Limits.MaxParameters)
            return draft.Invalid($"parameters has more than {draft.Limits.MaxParameters} entries");
        if (draft.ParameterCount == draft.Parameters.Length)
            Array.Resize(ref draft.Parameters, Math.Max(2, draft.ParameterCount * 2));
        draft.Parameters[draft.ParameterCount++] = value.Named(name);
        return true;
    }

    public static bool ReadEntry(
        ref InferDraft draft, in ReadOnlySequence<byte> entry, FieldPath path, out string name, out ParameterValue value)
    {
        name = "";
        value = default;
        var reader = new WireReader(entry);
        while (reader.Next())
        {
            if (reader.Is(1, WireType.Bytes))
            {
                if (!draft.ReadName(reader.Bytes(), FieldPath.Of($"a key of {path}"), out name)) return false;
            }
            else if (reader.Is(2, WireType.Bytes))
            {
                var bytes = reader.Bytes();
                if (!reader.IsMalformed && !ReadValue(ref draft, bytes, path, ref value)) return false;
            }
            else reader.Skip();
        }

        if (reader.IsMalformed) return draft.Malformed();
        if (name.Length == 0) return draft.Invalid($"a key of {path} is empty");
        return value.Choice != ParameterChoice.None || draft.Invalid($"{path}.{name} has no value");
    }

    private static bool ReadValue(
        ref InferDraft draft, in ReadOnlySequence<byte> bytes, FieldPath path, ref ParameterValue value)
    {
        var reader = new WireReader(bytes);
        while (reader.Next())
        {
            switch (((ParameterChoice)reader.Field, reader.Type))
            {
                case (ParameterChoice.Bool or ParameterChoice.Int64 or ParameterChoice.UInt64, WireType.Varint):
                    value.Set((ParameterChoice)reader.Field, reader.Varint());
                    break;
                case (ParameterChoice.Double, WireType.Fixed64):
                    value.Set(ParameterChoice.Double, reader.Fixed64());
                    break;
                case (ParameterChoice.Text, WireType.Bytes):
                    if (!draft.ReadText(reader.Bytes(), FieldPath.Of($"a value of {path}"), out var text)) return false;
                    value.Set(text);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return !reader.IsMalformed || draft.Malformed();
    }

    /// <summary>Takes in the parameters that mean something to the server itself.</summary>
    private static bool Understand(ref InferDraft draft, string name, in ParameterValue value)
    {
        switch (name)
        {
            case "sequence_start" or "sequence_end" or EmptyFinalResponse:
                return value.Choice == ParameterChoice.Bool || draft.Invalid($"parameters.{name} must be a bool_param");
            case "sequence_id":
                return value.Choice == ParameterChoice.Text || value.IsWhole(ulong.MaxValue, out _) || draft.Invalid(
                    "parameters.sequence_id must be a string_param, or an int64_param or uint64_param that is not negative");
            case "priority":
                if (!value.IsWhole(int.MaxValue, out var priority))
                    return draft.Invalid($"parameters.priority must be an int64_param or uint64_param from 0 to {int.MaxValue}");
                draft.Priority = (int)priority;
                return true;
            case "timeout":
                if (!value.IsWhole(MicrosecondsAtMost, out var time))
                {
                    return draft.Invalid(
                        $"parameters.timeout must be an int64_param of microseconds from 0 to {MicrosecondsAtMost}");
                }

                draft.Timeout = time == 0 ? null : TimeSpan.FromTicks((long)time * TimeSpan.TicksPerMicrosecond);
                return true;
            default:
                return !name.StartsWith("triton_", StringComparison.Ordinal) || draft.Invalid(
                    $"parameters.{name} is reserved: keys may not start with 'triton_', except {EmptyFinalResponse}");
        }
    }
}
