using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Gateway.OpenInference;

/// <summary>A JSON number taken apart: ± <see cref="Significand"/> · 10^<see cref="Exponent"/>.</summary>
internal struct DecimalNumber
{
    /// <summary>Digits that always fit a <see cref="Significand"/>.</summary>
    public const int MaxDigits = 19;

    private const int ExponentBound = 100_000_000;

    /// <summary>All digits as one integer; meaningless when there are more than <see cref="MaxDigits"/>.</summary>
    public ulong Significand;

    /// <summary>The power of ten, the digits behind the point counted in. Clamped to ±10^8, where no type can follow.</summary>
    public int Exponent;

    /// <summary>Digits from the first that counts; where no more than <see cref="MaxDigits"/> are written, all of them.</summary>
    public int Digits;

    public bool Negative;

    /// <summary>The significand holds every digit.</summary>
    public readonly bool IsExact => Digits <= MaxDigits;

    /// <summary>
    /// Reads the number at <paramref name="position"/> by JSON's grammar. Returns the position behind it, or the complement
    /// of the position of the first byte that does not belong there.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Scan(ReadOnlySpan<byte> text, int position, out DecimalNumber number)
    {
        number = default;
        ref var origin = ref MemoryMarshal.GetReference(text);
        var end = text.Length;
        if ((uint)position < (uint)end && Unsafe.Add(ref origin, position) == (byte)'-')
        {
            number.Negative = true;
            position++;
        }

        if ((uint)position >= (uint)end) return ~position;
        var digit = Unsafe.Add(ref origin, position) - (uint)'0';
        if (digit > 9) return ~position;
        ulong significand = digit;
        var start = position++;
        uint next = Next(ref origin, position, end);
        if (next - '0' <= 9 && digit != 0)
        {
            position = DigitRun.Read(ref origin, position, end, ref significand);
            next = Next(ref origin, position, end);
        }

        var digits = position - start;
        var exponent = 0;
        if (next == '.')
        {
            var point = ++position;
            position = DigitRun.Read(ref origin, position, end, ref significand);
            exponent = point - position;
            if (exponent == 0) return ~position;
            digits -= exponent;
            next = Next(ref origin, position, end);
        }

        if ((next | 0x20) == 'e')
        {
            position = ScanExponent(ref origin, position + 1, end, exponent, out var scaled);
            if (position < 0) return position;
            exponent = scaled;
        }

        if (digits > MaxDigits) digits -= LeadingZeros(text[start..]);
        number.Significand = significand;
        number.Exponent = exponent;
        number.Digits = digits;
        return position;
    }

    /// <summary>Of a number such as 0.00012345678901234567, whose zeros count for nothing.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int LeadingZeros(ReadOnlySpan<byte> number)
    {
        if (number[0] != (byte)'0') return 0;
        var zeros = number[2..].IndexOfAnyExcept((byte)'0');
        return 1 + (zeros < 0 ? number.Length - 2 : zeros);
    }

    /// <summary>The byte there, 0 at the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Next(ref byte origin, int position, int end) => position < end ? Unsafe.Add(ref origin, position) : 0u;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int ScanExponent(ref byte origin, int position, int end, int exponent, out int scaled)
    {
        scaled = exponent;
        var negative = false;
        if (position < end && Unsafe.Add(ref origin, position) is (byte)'+' or (byte)'-')
            negative = Unsafe.Add(ref origin, position++) == (byte)'-';
        var start = position;
        var value = 0;
        uint digit;
        while (position < end && (digit = Unsafe.Add(ref origin, position) - (uint)'0') <= 9)
        {
            if (value < ExponentBound) value = value * 10 + (int)digit;
            position++;
        }

        if (position == start) return ~position;
        scaled = Math.Clamp(exponent + (negative ? -value : value), -ExponentBound, ExponentBound);
        return position;
    }
}
