using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Gateway.OpenInference;

/// <summary>
/// Reads runs of digits eight bytes at a time. How many of the eight are digits is computed, not branched on: the lengths of
/// numbers in real data vary, and a branch guessed wrong costs more than the whole arithmetic.
/// </summary>
internal static class DigitRun
{
    private const ulong Zeros = 0x3030303030303030;
    private const ulong AboveNine = 0x7676767676767676;
    private const ulong TopBits = 0x8080808080808080;
    private const ulong EvenPairs = 0x000000FF000000FF;

    private static readonly uint[] Powers = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

    /// <summary>
    /// Appends the digits at the position, if any, to the value, which wraps around when they are too many. Returns the
    /// position behind them.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Read(ref byte origin, int position, int end, ref ulong value)
    {
        while (position <= end - 8)
        {
            // A digit becomes 0..9; of any other byte the top bit gets set, and carries only disturb the bytes behind it.
            var digits = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref origin, position)) ^ Zeros;
            var stops = (digits + AboveNine | digits) & TopBits;
            var count = BitOperations.TrailingZeroCount(stops) >> 3;
            if (count == 0) return position;

            // The digits move up behind zeros, so that eight can be added up whatever their number: pairs, fours, eight.
            digits <<= -(count << 3);
            digits = digits * 10 + (digits >> 8);
            digits = (digits & EvenPairs) * 0x000F424000000064 + (digits >> 16 & EvenPairs) * 0x0000271000000001 >> 32;
            value = value * Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(Powers), count) + digits;
            position += count;
            if (count < 8) return position;
        }

        return position < end ? ReadLast(ref origin, position, end, ref value) : position;
    }

    /// <remarks>
    /// Inlined as well: a local whose address a call sees lives in memory, and then every number waits for the last one's.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ReadLast(ref byte origin, int position, int end, ref ulong value)
    {
        uint digit;
        while (position < end && (digit = Unsafe.Add(ref origin, position) - (uint)'0') <= 9)
        {
            value = value * 10 + digit;
            position++;
        }

        return position;
    }
}
