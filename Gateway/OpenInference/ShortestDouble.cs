using System.Runtime.CompilerServices;

namespace Gateway.OpenInference;

/// <summary>As <see cref="ShortestFloat"/>, of an FP64.</summary>
internal static class ShortestDouble
{
    private const int Fraction = 52;
    private const int Bias = 1023 + Fraction;
    private const ulong Hidden = 1UL << Fraction;

    /// <summary>Of a positive, finite double: digits · 10^power. The digits may end in zeros.</summary>
    public static ulong Find(double value, out int power)
    {
        var bits = BitConverter.DoubleToUInt64Bits(value);
        var biased = (int)(bits >> Fraction);
        var fraction = bits & Hidden - 1;
        var significand = biased == 0 ? fraction : fraction | Hidden;
        var exponent = Math.Max(biased, 1) - Bias;
        if (exponent is <= 0 and > -Fraction - 1 && (significand >> -exponent) << -exponent == significand)
        {
            power = 0;
            return significand >> -exponent;
        }

        var closer = fraction == 0 && biased > 1;
        power = exponent * 1262611 - (closer ? 524031 : 0) >> 22;
        ref readonly var ten = ref PowerOfTen.Of(-power);
        var shift = exponent + ten.Exponent + 1;
        var lower = RoundToOdd(ten, 4 * significand - (closer ? 1u : 2u) << shift);
        var middle = RoundToOdd(ten, 4 * significand << shift);
        var upper = RoundToOdd(ten, 4 * significand + 2 << shift);
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

    /// <summary>The product's bits from the 128th up, the last of them set when anything of weight was below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong RoundToOdd(in PowerOfTen ten, ulong value)
    {
        var scaleLow = ten.IsExact ? ten.Low : ten.Low + 1;
        var scaleHigh = scaleLow == 0 && !ten.IsExact ? ten.High + 1 : ten.High;
        var carried = Math.BigMul(scaleLow, value, out _);
        var high = Math.BigMul(scaleHigh, value, out var low);
        low += carried;
        if (low < carried) high++;
        return high | (low > 1 ? 1UL : 0);
    }
}
