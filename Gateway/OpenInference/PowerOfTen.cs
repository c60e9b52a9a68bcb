using System.Numerics;

namespace Gateway.OpenInference;

/// <summary>
/// The first 128 bits of a power of ten: with s = <see cref="High"/>·2^64 + <see cref="Low"/> and e = <see cref="Exponent"/> it
/// is (s + ε) · 2^(e - 127), 0 ≤ ε &lt; 1.
/// </summary>
/// <param name="High">The upper half of the significand, its top bit set.</param>
/// <param name="Low">The lower half.</param>
/// <param name="Exponent">The whole part of the power's logarithm to base 2.</param>
/// <param name="IsExact">ε is 0.</param>
internal readonly record struct PowerOfTen(ulong High, ulong Low, int Exponent, bool IsExact)
{
    public const int Smallest = -342;
    public const int Largest = 324;

    private static readonly PowerOfTen[] All = MakeAll();

    /// <summary>The power with an exponent from <see cref="Smallest"/> to <see cref="Largest"/>.</summary>
    public static ref readonly PowerOfTen Of(int exponent) => ref All[exponent - Smallest];

    private static PowerOfTen[] MakeAll()
    {
        var all = new PowerOfTen[Largest - Smallest + 1];
        var five = BigInteger.One;
        for (var q = 0; q <= -Smallest; q++, five *= 5)
        {
            // Only the powers of five need a table: those of two go into the exponent.
            var bits = (int)five.GetBitLength();
            if (q <= Largest)
            {
                var significand = bits <= 128 ? five << 128 - bits : five >> bits - 128;
                all[q - Smallest] = Split(significand, bits - 1 + q, bits <= 128);
            }

            if (q > 0) all[-q - Smallest] = Split((BigInteger.One << 127 + bits) / five, -bits - q, false);
        }

        return all;
    }

    private static PowerOfTen Split(BigInteger significand, int exponent, bool exact) =>
        new((ulong)(significand >> 64), (ulong)(significand & ulong.MaxValue), exponent, exact);
}
