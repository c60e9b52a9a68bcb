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
    private const double SmallestNormal = 1.1754943508222875e-38;
    private const double TwoTo128 = 3.4028236692093846e38;

    // A double's last 29 bits are what a float drops; this pattern is the middle between two floats.
    private const ulong DroppedBits = (1UL << 29) - 1;
    private const ulong Middle = 1UL << 28;
    private const ulong Doubt = 4;

    private static readonly double[] Powers =
    [
        1e-64, 1e-63, 1e-62, 1e-61, 1e-60, 1e-59, 1e-58, 1e-57, 1e-56, 1e-55, 1e-54, 1e-53,
        1e-52, 1e-51, 1e-50, 1e-49, 1e-48, 1e-47, 1e-46, 1e-45, 1e-44, 1e-43, 1e-42, 1e-41,
        1e-40, 1e-39, 1e-38, 1e-37, 1e-36, 1e-35, 1e-34, 1e-33, 1e-32, 1e-31, 1e-30, 1e-29,
        1e-28, 1e-27, 1e-26, 1e-25, 1e-24, 1e-23, 1e-22, 1e-21, 1e-20, 1e-19, 1e-18, 1e-17,
        1e-16, 1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5,
        1e-4, 1e-3, 1e-2, 1e-1, 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7,
        1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22, 1e23, 1e24, 1e25, 1e26, 1e27, 1e28, 1e29, 1e30, 1e31,
        1e32, 1e33, 1e34, 1e35, 1e36, 1e37, 1e38,
    ];

    /// <summary>False when the number has too many digits, is too close to call or outside the range of normal floats.</summary>
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

    /// <summary>The double nearest to a power of ten from 10^-64 to 10^38.</summary>
    public static double Power(int exponent) => Powers[exponent - SmallestPower];

    /// <summary>The library's parser; infinity where the number is too large.</summary>
    public static float Parse(ReadOnlySpan<byte> number) => float.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture);
}
