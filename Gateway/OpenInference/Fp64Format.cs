using System.Runtime.CompilerServices;

namespace Gateway.OpenInference;

/// <summary>FP64: the double nearest to the decimal number, ties to even.</summary>
internal readonly struct Fp64Format : IElementFormat<double>, IPlainScale<double>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DataFault Read(ReadOnlySpan<byte> text, ref int position, out double value)
    {
        var next = DecimalNumber.Scan(text, position, out var number);
        if (next >= 0 && NearestDouble.TryConvert(number, out value))
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

    public static bool ReadRun(ReadOnlySpan<byte> text, ref int position, Span<double> destination, ref int count) =>
        PlainRun.Read<double, PlainNumbers<double, Fp64Format>>(text, ref position, destination, ref count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryScale(ulong significand, int fraction, bool negative, out double value) =>
        NearestDouble.TryScale(significand, -fraction, negative, out value);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static DataFault ReadSlowly(ReadOnlySpan<byte> text, ref int position, int next, out double value)
    {
        value = 0;
        if (next < 0) return ElementFault.OfNumber(text, ref position, ~next);
        value = NearestDouble.Parse(text[position..next]);
        if (!double.IsFinite(value)) return DataFault.OutOfRange;
        position = next;
        return DataFault.None;
    }
}
