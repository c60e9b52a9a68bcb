using System.Globalization;
using System.Runtime.CompilerServices;

namespace Gateway.OpenInference;

/// <summary>
/// Decimal to FP32, correctly rounded. The number is computed as a double, s · 10^e, with three roundings at the most (the
/// significand, the tabulated power, the product), each of at most 2^-53: the true value lies within 4 units in the last
/// place of that double. Rounding the double to a float therefore gives the right float unless the double lies that close to
/// the middle between two floats; then, and outside the range of normal floats, the library decides. About one random number
/// in 10^8 takes that path, and every number of at most 24 significant bits and a small exponent stays off it.
/// </summary>
internal static class NearestFloat
{
    private const int SmallestPower = -64;
    private const int LargestPower = 38;
    private const double SmallestNormal = 1.1754943508222875e-38;
    private const double TwoTo128 = 3.4028236692093846e38;

    // A double's last 29 bits are what a float drops; this pattern is the middle between two floats.
    private const ulong DroppedBits = (1UL << 29) - 1;
    private const ulong Middle = 1UL << 28;
    private const ulong Doubt = 4;

    private static readonly double[] Powers = MakePowers();

    /// <summary>False when the number has too many digits, is too close to call or is outside the range of normal floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryConvert(in DecimalNumber number, out float value)
    {
        var significand = number.Significand;
        var power = number.Exponent - SmallestPower;
        value = number.Negative ? -0f : 0f;
        if (number.Digits > DecimalNumber.MaxDigits) return false;
        if (significand == 0) return true;
        if ((uint)power >= (uint)Powers.Length) return false;

        // The signed conversion is one instruction where the unsigned is not.
        var wide = (long)significand >= 0 ? (double)(long)significand : (double)significand;
        var product = wide * Powers[power];
        var dropped = BitConverter.DoubleToUInt64Bits(product) & DroppedBits;
        if (dropped - (Middle - Doubt) <= 2 * Doubt || product < SmallestNormal || product >= TwoTo128) return false;
        var nearest = (float)product;
        value = number.Negative ? -nearest : nearest;
        return !float.IsInfinity(nearest);
    }

    /// <summary>The library's parser; infinity where the number is too large.</summary>
    public static float Parse(ReadOnlySpan<byte> number) => float.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture);

    private static double[] MakePowers()
    {
        var powers = new double[LargestPower - SmallestPower + 1];
        for (var i = 0; i < powers.Length; i++)
            powers[i] = double.Parse($"1e{SmallestPower + i}", CultureInfo.InvariantCulture);
        return powers;
    }
}
