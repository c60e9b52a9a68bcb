using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Gateway.OpenInference;

/// <summary>
/// Writes finite floats as JSON numbers with the fewest digits that read back the same. A whole number keeps a fraction
/// (<c>3.0</c>), so that readers without a schema take it for the float it is.
/// </summary>
internal static class FloatText
{
    /// <summary>Bytes that one number takes at the most, and that must be there to write into.</summary>
    public const int Longest = 32;

    /// <summary>Powers of ten of the first digit that are written without an exponent.</summary>
    private const int SmallestPlain = -5;
    private const int LargestPlain = 15;

    private static ReadOnlySpan<byte> Pairs =>
        "00010203040506070809"u8 +
        "10111213141516171819"u8 +
        "20212223242526272829"u8 +
        "30313233343536373839"u8 +
        "40414243444546474849"u8 +
        "50515253545556575859"u8 +
        "60616263646566676869"u8 +
        "70717273747576777879"u8 +
        "80818283848586878889"u8 +
        "90919293949596979899"u8;

    /// <summary>Returns the length of what was written.</summary>
    public static int Write(float value, Span<byte> text)
    {
        var negative = float.IsNegative(value);
        if (value == 0) return WriteZero(negative, text);
        ulong digits = ShortestFloat.Find(Math.Abs(value), out var power);
        return Write(digits, power, negative, text);
    }

    /// <summary>Returns the length of what was written.</summary>
    public static int Write(double value, Span<byte> text)
    {
        var negative = double.IsNegative(value);
        if (value == 0) return WriteZero(negative, text);
        var digits = ShortestDouble.Find(Math.Abs(value), out var power);
        return Write(digits, power, negative, text);
    }

    private static int WriteZero(bool negative, Span<byte> text)
    {
        var zero = negative ? "-0.0"u8 : "0.0"u8;
        zero.CopyTo(text);
        return zero.Length;
    }

    private static int Write(ulong digits, int power, bool negative, Span<byte> text)
    {
        var length = 0;
        text[0] = (byte)'-';
        if (negative) length = 1;
        if (power < 0) StripZeros(ref digits, ref power);

        var count = CountDigits(digits);
        var first = count - 1 + power;
        if (first is < SmallestPlain or > LargestPlain)
        {
            StripZeros(ref digits, ref power);
            return WriteScientific(digits, CountDigits(digits), first, text, length);
        }

        if (power >= 0)
        {
            WriteDigits(digits, count, text[length..]);
            length += count;
            text.Slice(length, power).Fill((byte)'0');
            length += power;
            text[length] = (byte)'.';
            text[length + 1] = (byte)'0';
            return length + 2;
        }

        if (first >= 0)
        {
            // The digits go one place to the right, then those before the point back.
            var whole = first + 1;
            WriteDigits(digits, count, text[(length + 1)..]);
            for (var i = 0; i < whole; i++) text[length + i] = text[length + i + 1];
            text[length + whole] = (byte)'.';
            return length + count + 1;
        }

        "0.00000"u8.CopyTo(text[length..]);
        length += 1 - first;
        WriteDigits(digits, count, text[length..]);
        return length + count;
    }

    private static int WriteScientific(ulong digits, int count, int exponent, Span<byte> text, int length)
    {
        WriteDigits(digits, count, text[(length + 1)..]);
        text[length] = text[length + 1];
        if (count == 1) length++;
        else
        {
            text[length + 1] = (byte)'.';
            length += count + 1;
        }

        text[length++] = (byte)'e';
        if (exponent < 0) text[length++] = (byte)'-';
        var size = (ulong)Math.Abs(exponent);
        count = CountDigits(size);
        WriteDigits(size, count, text[length..]);
        return length + count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StripZeros(ref ulong digits, ref int power)
    {
        while (true)
        {
            var hundredth = digits / 100;
            if (hundredth * 100 != digits) break;
            digits = hundredth;
            power += 2;
        }

        var tenth = digits / 10;
        if (tenth * 10 != digits) return;
        digits = tenth;
        power++;
    }

    private static int CountDigits(ulong value)
    {
        // 1233 / 2^12 is a little more than the logarithm of 2 to base 10.
        var estimate = (64 - System.Numerics.BitOperations.LeadingZeroCount(value | 1)) * 1233 >> 12;
        return estimate + (value >= Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(Powers), estimate) ? 1 : 0);
    }

    private static readonly ulong[] Powers =
    [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000, 100_000_000_000,
        1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000, 10_000_000_000_000_000,
        100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
    ];

    private static void WriteDigits(ulong value, int count, Span<byte> text)
    {
        ref var origin = ref text[0];
        _ = text[count - 1];
        ref var pairs = ref MemoryMarshal.GetReference(Pairs);
        for (; count >= 2; count -= 2)
        {
            var rest = value / 100;
            ref var pair = ref Unsafe.Add(ref pairs, (int)(value - rest * 100) * 2);
            Unsafe.CopyBlockUnaligned(ref Unsafe.Add(ref origin, count - 2), ref pair, 2);
            value = rest;
        }

        if (count == 1) origin = (byte)('0' + value);
    }
}
