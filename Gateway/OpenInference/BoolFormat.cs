using System.Runtime.CompilerServices;

namespace Gateway.OpenInference;

/// <summary>BOOL: <c>true</c>, <c>false</c>, and the numbers 1 and 0 that array libraries write for them.</summary>
internal readonly struct BoolFormat : IElementFormat<byte>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DataFault Read(ReadOnlySpan<byte> text, ref int position, out byte value)
    {
        value = 0;
        var rest = text[position..];
        if (rest.StartsWith("false"u8))
        {
            position += 5;
            return DataFault.None;
        }

        if (rest.StartsWith("true"u8))
        {
            value = 1;
            position += 4;
            return DataFault.None;
        }

        return ReadNumber(text, ref position, out value);
    }

    private static DataFault ReadNumber(ReadOnlySpan<byte> text, ref int position, out byte value)
    {
        var start = position;
        var fault = IntegerFormat<byte>.Read(text, ref position, out value);
        if (fault == DataFault.NotIntegral) return DataFault.OutOfRange;
        if (fault != DataFault.None || value <= 1) return fault;
        position = start;
        return DataFault.OutOfRange;
    }
}
