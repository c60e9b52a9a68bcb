using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gateway.OpenInference;

/// <summary>
/// 64 bytes of numbers between commas, each byte a bit: where numbers begin, where their whole part ends and where they end, so that none
/// is looked for by the one before it. All are checked at once: it has the numbers in front of the first byte that is wrong or that
/// is not plain, which is digits with perhaps a minus and a point. The n-th bit of each mask is of the n-th number.
/// </summary>
internal readonly struct PlainBlock
{
    public const int Length = 64;

    /// <summary>A number's first digit.</summary>
    public readonly ulong Firsts;

    /// <summary>What is behind its whole part: its point or its end.</summary>
    public readonly ulong Wholes;

    /// <summary>What is behind it: a comma or the bracket.</summary>
    public readonly ulong Ends;

    /// <summary>As <see cref="Ends"/>, but at most 16 bytes behind the first digit.</summary>
    public readonly ulong Stops;

    /// <summary>First digits that a minus is in front of.</summary>
    public readonly ulong Negatives;

    /// <summary>All commas.</summary>
    public readonly ulong Commas;

    /// <param name="text">Where a number begins, or a blank before it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PlainBlock(ref byte text)
    {
        var low = Vector256.LoadUnsafe(ref text);
        var high = Vector256.LoadUnsafe(ref text, Length / 2);
        var digits = Digits(low) | (ulong)Digits(high) << 32;
        var points = Are(low, high, '.');
        var minuses = Are(low, high, '-');
        var blanks = Are(low, high, ' ');
        var brackets = Are(low, high, ']');
        Commas = Are(low, high, ',');

        // One blank may be in front of a number, and then a minus.
        var after = Commas << 1 | 1;
        var starts = after & ~blanks | (after & blanks) << 1;
        Negatives = (starts & minuses) << 1;
        var firsts = starts & ~minuses | Negatives;

        // Added to the digits, the first digit of a fraction carries to the byte behind its last one.
        var ends = Commas | brackets;
        var fractions = points << 1;
        var behind = fractions + digits & ~digits;

        // A digit stands at first, also of a fraction, and none behind a zero that is first; a fraction has no point.
        var wrong = ~(digits | points | minuses | blanks | ends) | blanks & ~after | minuses & ~starts | brackets << 1;
        wrong |= (firsts | fractions) & ~digits | (firsts & Are(low, high, '0')) << 1 & digits | behind & points;
        Ends = ends & wrong - 1 & ~wrong;
        var known = ulong.MaxValue >> BitOperations.LeadingZeroCount(Ends | 1);
        Firsts = firsts & known;
        Wholes = (points | ends & ~behind) & known;

        // Long ones begin where 16 bytes in a row are digits and points, and carry to their ends.
        var plain = digits | points;
        var long2 = plain & plain >> 1;
        var long4 = long2 & long2 >> 2;
        var long8 = long4 & long4 >> 4;
        var longs = long8 & long8 >> 8 & Firsts;
        Stops = Ends & ~(longs + plain) | longs << 16;
    }

    public static bool IsSupported => Avx2.IsSupported && Bmi1.X64.IsSupported;

    public int Count => BitOperations.PopCount(Ends);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Are(Vector256<byte> low, Vector256<byte> high, char value) =>
        Vector256.Equals(low, Vector256.Create((byte)value)).ExtractMostSignificantBits()
        | (ulong)Vector256.Equals(high, Vector256.Create((byte)value)).ExtractMostSignificantBits() << 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Digits(Vector256<byte> bytes)
    {
        var values = bytes - Vector256.Create((byte)'0');
        return Vector256.Equals(Vector256.Min(values, Vector256.Create((byte)9)), values).ExtractMostSignificantBits();
    }
}
