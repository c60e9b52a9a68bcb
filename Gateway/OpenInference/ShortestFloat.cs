using System.Runtime.CompilerServices;

namespace Gateway.OpenInference;

/// <summary>
/// The decimal number of fewest digits that reads back as a given FP32, and among those the nearest (the Schubfach method).
/// A float c · 2^q stands for all numbers between the middles to its neighbours. With k chosen so that this interval,
/// scaled by 10^-k, is at least 1 and less than 10 wide, it holds an integer, of which at most one ends in 0; the scaled ends
/// and the value, two bits behind the point, come from one multiplication each with a tabulated power of ten, "rounded to
/// odd" so that what was cut off cannot turn a comparison.
/// </summary>
internal static class ShortestFloat
{
    private const int Fraction = 23;
    private const int Bias = 127 + Fraction;
    private const uint Hidden = 1u << Fraction;

    /// <summary>Of a positive, finite float: digits · 10^power. The digits may end in zeros.</summary>
    public static uint Find(float value, out int power)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        var biased = (int)(bits >> Fraction);
        var fraction = bits & Hidden - 1;
        var significand = biased == 0 ? fraction : fraction | Hidden;
        var exponent = Math.Max(biased, 1) - Bias;
        if (exponent is <= 0 and > -Fraction - 1 && significand << 32 + exponent == 0 || exponent == 0)
        {
            power = 0;
            return significand >> -exponent;
        }

        // Below a power of two the neighbour is only half as far away.
        var closer = fraction == 0 && biased > 1;
        power = exponent * 1262611 - (closer ? 524031 : 0) >> 22;
        ref readonly var ten = ref PowerOfTen.Of(-power);
        var scale = ten.High + (ten.Low != 0 || !ten.IsExact ? 1UL : 0);
        var shift = exponent + ten.Exponent + 1;
        var lower = RoundToOdd(scale, 4 * significand - (closer ? 1u : 2u) << shift);
        var middle = RoundToOdd(scale, 4 * significand << shift);
        var upper = RoundToOdd(scale, 4 * significand + 2 << shift);

        // The ends themselves read back as the float only when its significand is even.
        if ((significand & 1) != 0)
        {
            lower++;
            upper--;
        }

        var digits = middle / 4;
        if (digits >= 10)
        {
            var tens = digits / 10;
            var below = lower <= 40 * tens;
            if (below != 40 * tens + 40 <= upper)
            {
                power++;
                return below ? tens : tens + 1;
            }
        }

        var downFits = lower <= 4 * digits;
        if (downFits != 4 * digits + 4 <= upper) return downFits ? digits : digits + 1;
        var half = 4 * digits + 2;
        return middle > half || middle == half && (digits & 1) != 0 ? digits + 1 : digits;
    }

    /// <summary>The product's bits from the 64th up, the last of them set when anything of weight was below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint RoundToOdd(ulong scale, uint value)
    {
        var high = (uint)Math.BigMul(scale, value, out var low);
        return high | ((uint)(low >> 32) > 1 ? 1u : 0);
    }
}
