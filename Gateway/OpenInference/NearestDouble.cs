using System.Globalization;
using System.Runtime.CompilerServices;

namespace Gateway.OpenInference;

/// <summary>
/// Decimal to FP64, correctly rounded: where significand and power of ten are both exact doubles, one multiplication or
/// division rounds once; elsewhere the library decides.
/// </summary>
internal static class NearestDouble
{
    private const ulong LargestExactInteger = 1UL << 53;

    private static ReadOnlySpan<double> ExactPowers =>
    [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryConvert(in DecimalNumber number, out double value)
    {
        value = number.Negative ? -0d : 0d;
        if (!number.IsExact) return false;
        if (number.Significand == 0) return true;
        var power = number.Exponent;
        if (number.Significand > LargestExactInteger || power + 22u > 44u) return false;
        double magnitude = (long)number.Significand;
        magnitude = power < 0 ? magnitude / ExactPowers[-power] : magnitude * ExactPowers[power];
        value = number.Negative ? -magnitude : magnitude;
        return true;
    }

    /// <summary>The library's parser; infinity where the number is too large.</summary>
    public static double Parse(ReadOnlySpan<byte> number) => double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture);
}
