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

    /// <summary>The power of ten, the digits after the point already counted in. Clamped to ±10^8, where no type can follow.</summary>
    public int Exponent;

    /// <summary>Digits written, leading zeros included.</summary>
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
        if (position >= end) return ~position;
        if (Unsafe.Add(ref origin, position) == (byte)'-')
        {
            number.Negative = true;
            if (++position >= end) return ~position;
        }

        var start = position;
        uint digit = Unsafe.Add(ref origin, position) - (uint)'0';
        if (digit > 9) return ~position;
        ulong significand = digit;
        position++;
        var next = position < end ? Unsafe.Add(ref origin, position) : 0u;
        if (digit != 0)
        {
            while ((digit = next - '0') <= 9)
            {
                significand = significand * 10 + digit;
                next = ++position < end ? Unsafe.Add(ref origin, position) : 0u;
            }
        }

        var digits = position - start;
        var exponent = 0;
        if (next == '.')
        {
            var point = position++;
            while (position < end && (digit = Unsafe.Add(ref origin, position) - (uint)'0') <= 9)
            {
                significand = significand * 10 + digit;
                position++;
            }

            exponent = point + 1 - position;
            if (exponent == 0) return ~position;
            digits -= exponent;
            next = position < end ? Unsafe.Add(ref origin, position) : 0u;
        }

        if ((next | 0x20) == 'e')
        {
            position = ScanExponent(ref origin, position + 1, end, ref exponent);
            if (position < 0) return position;
        }

        number.Significand = significand;
        number.Exponent = exponent;
        number.Digits = digits;
        return position;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int ScanExponent(ref byte origin, int position, int end, ref int exponent)
    {
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
        exponent = Math.Clamp(exponent + (negative ? -value : value), -ExponentBound, ExponentBound);
        return position;
    }
}
