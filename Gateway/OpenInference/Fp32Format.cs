using System.Runtime.CompilerServices;

namespace Gateway.OpenInference;

/// <summary>FP32: the float nearest to the decimal number, ties to even.</summary>
internal readonly struct Fp32Format : IElementFormat<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DataFault Read(ReadOnlySpan<byte> text, ref int position, out float value)
    {
        var next = DecimalNumber.Scan(text, position, out var number);
        if (next >= 0 && NearestFloat.TryConvert(number, out value))
        {
            position = next;
            return DataFault.None;
        }

        var at = position;
        var fault = ReadSlowly(text, ref at, next, out var slow);
        position = at;
        value = slow;
        return fault;
    }

    public static bool ReadRun(ReadOnlySpan<byte> text, ref int position, Span<float> destination, ref int count) =>
        PlainRun.Read<float, PlainFloats>(text, ref position, destination, ref count);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static DataFault ReadSlowly(ReadOnlySpan<byte> text, ref int position, int next, out float value)
    {
        value = 0;
        if (next < 0) return ElementFault.OfNumber(text, ref position, ~next);
        value = NearestFloat.Parse(text[position..next]);
        if (!float.IsFinite(value)) return DataFault.OutOfRange;
        position = next;
        return DataFault.None;
    }
}
