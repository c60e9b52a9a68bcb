using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Gateway.OpenInference;

/// <summary>
/// Decimal to FP64, correctly rounded. Where significand and power of ten are both exact doubles, one multiplication or
/// division rounds once. Elsewhere the significand is multiplied with the power's first 128 bits: the true product lies
/// between the result and the result plus one in its 128th bit, which decides the rounding unless the bits behind the 53rd
/// come that close to a half. Then, and outside the range of normal doubles, the library decides.
/// </summary>
internal static class NearestDouble
{
    private const ulong LargestExactInteger = 1UL << 53;
    private const int LargestExactPower = 22;

    private static readonly double[] ExactPowers =
    [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ];

    /// <summary>False when the number has too many digits, is too close to call or outside the range of normal doubles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryConvert(in DecimalNumber number, out double value)
    {
        value = 0;
        return number.IsExact && TryScale(number.Significand, number.Exponent, number.Negative, out value);
    }

    /// <summary>± s · 10^power.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryScale(ulong significand, int power, bool negative, out double value)
    {
        if (significand > LargestExactInteger || power is < -LargestExactPower or > LargestExactPower)
            return TryScaleWide(significand, power, negative, out value);
        ref var powers = ref MemoryMarshal.GetArrayDataReference(ExactPowers);
        var magnitude = (double)(long)significand;
        magnitude = power < 0 ? magnitude / Unsafe.Add(ref powers, -power) : magnitude * Unsafe.Add(ref powers, power);
        value = negative ? -magnitude : magnitude;
        return true;
    }

    /// <summary>The library's parser; infinity where the number is too large.</summary>
    public static double Parse(ReadOnlySpan<byte> number) =>
        double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture);

    private static bool TryScaleWide(ulong significand, int power, bool negative, out double value)
    {
        value = negative ? -0d : 0d;
        if (significand == 0) return true;
        if (power is < PowerOfTen.Smallest or > PowerOfTen.Largest) return false;
        ref readonly var ten = ref PowerOfTen.Of(power);
        var zeros = BitOperations.LeadingZeroCount(significand);
        significand <<= zeros;

        // 64 by 128 bits, of which the upper 128 count.
        var high = Math.BigMul(significand, ten.High, out var low);
        var carried = Math.BigMul(significand, ten.Low, out _);
        low += carried;
        if (low < carried) high++;

        var top = (int)(high >> 63);
        var dropped = 10 + top;
        var half = 1UL << dropped - 1;
        var rest = high & (half << 1) - 1;
        if (rest == half && low == 0 || rest == half - 1 && low == ulong.MaxValue) return false;
        var mantissa = (high >> dropped) + (rest >= half ? 1UL : 0UL);

        // A mantissa of 54 bits carries into the exponent by itself.
        var exponent = 63 + top - zeros + ten.Exponent + 1023;
        if (exponent is < 1 or > 2045) return false;
        value = BitConverter.UInt64BitsToDouble(((ulong)(exponent - 1) << 52) + mantissa | (negative ? 1UL << 63 : 0));
        return true;
    }
}
