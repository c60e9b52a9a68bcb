using System.Buffers.Binary;
using Serving.Inference;

namespace Gateway.OpenInference;

/// <summary>Checks a tensor's bytes as they were sent: what their count alone does not tell.</summary>
internal static class RawElements
{
    private const int Prefix = 4;

    /// <summary>Null when all is well, else what is wrong, for a sentence that starts with where.</summary>
    /// <param name="type">The element type.</param>
    /// <param name="shape">For the sentence.</param>
    /// <param name="elements">The product of <paramref name="shape"/>.</param>
    /// <param name="data">As many bytes as the shape calls for, or any number of them for BYTES.</param>
    public static string? Fault(TensorType type, long[] shape, long elements, ReadOnlySpan<byte> data) => type switch
    {
        TensorType.Bytes => FaultOfBytes(shape, elements, data),
        TensorType.Bool => FaultOfBooleans(data),
        _ => null,
    };

    private static string? FaultOfBytes(long[] shape, long expected, ReadOnlySpan<byte> data)
    {
        var count = 0L;
        for (var rest = data; !rest.IsEmpty; count++)
        {
            if (rest.Length < Prefix) return $"ends within the length of element {count} of its BYTES data";
            var length = BinaryPrimitives.ReadUInt32LittleEndian(rest);
            if (length > rest.Length - Prefix)
                return $"has a BYTES element {count} of {length} bytes where {rest.Length - Prefix} remain";
            rest = rest[(Prefix + (int)length)..];
        }

        return count == expected ? null : $"has {count} BYTES elements, but shape {TensorShape.Format(shape)} needs {expected}";
    }

    private static string? FaultOfBooleans(ReadOnlySpan<byte> data)
    {
        var at = data.IndexOfAnyExceptInRange((byte)0, (byte)1);
        return at < 0 ? null : $"has the byte {data[at]} as BOOL element {at}; only 0 and 1 are";
    }
}
