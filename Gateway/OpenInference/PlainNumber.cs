using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gateway.OpenInference;

/// <summary>
/// The fast way through numbers as data mostly has them: digits and perhaps a point, no exponent, up to 24 bytes. A number is
/// taken as a vector of 16 bytes: where it ends, where its point is and what its digits amount to are computed without a
/// branch on its length, since the lengths in real data vary and a branch guessed wrong costs more than the whole
/// arithmetic. Anything else, and any other processor, is left to <see cref="DecimalNumber"/>.
/// </summary>
internal static class PlainNumber
{
    /// <summary>Bytes from a number's start that may be looked at.</summary>
    public const int Reach = 32;

    /// <summary>Keeps a significand within 63 bits.</summary>
    private const ulong LargestUpper = 900;

    public static bool IsSupported => Sse41.IsSupported;

    /// <summary>
    /// Reads the number at <paramref name="text"/>, which has <see cref="Reach"/> bytes. Returns its length; 0 when it is not
    /// plain. What follows is for the caller to check.
    /// </summary>
    /// <param name="text">The first byte, perhaps a minus.</param>
    /// <param name="significand">All digits as one integer, of 63 bits at the most.</param>
    /// <param name="fraction">Digits behind the point, at most 21.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Read(ref byte text, out ulong significand, out int fraction)
    {
        var bytes = Vector128.LoadUnsafe(ref text);
        var length = BitOperations.TrailingZeroCount(Ends(bytes));
        var digits = Digits(bytes, out var digitBits);
        var pointBits = Vector128.Equals(bytes, Vector128.Create((byte)'.')).ExtractMostSignificantBits();
        var sign = text == (byte)'-' ? 1u : 0u;
        if (length >= 16) return ReadLong(ref text, digits, digitBits, pointBits, sign, out significand, out fraction);

        // Without a point there is one behind the last digit, so to speak.
        var point = BitOperations.TrailingZeroCount(pointBits | 1u << length);
        var size = Math.Max(length, point + 1);
        significand = Sum(Align(digits, size, point));
        fraction = size - 1 - point;

        // All else is digits (a second point is none); a digit stands first and last, and no digit behind a zero that is first.
        var pointBit = 1u << point;
        var expected = (1u << length) - 1 - sign & ~pointBit;
        var misplaced = pointBit & (1u << (int)sign | 1u << length - 1);
        var zeroFirst = Unsafe.Add(ref text, sign) == (byte)'0' ? 1u : 0u;
        return (expected & ~digitBits | digitBits & zeroFirst << (int)sign + 1 | misplaced) == 0 ? length : 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ReadLong(
        ref byte text, Vector128<byte> digits, uint digitBits, uint pointBits, uint sign, out ulong significand, out int fraction)
    {
        significand = 0;
        fraction = 0;
        Digits(Vector128.LoadUnsafe(ref Unsafe.Add(ref text, 16)), out var moreDigitBits);
        var length = 16 + BitOperations.TrailingZeroCount(~moreDigitBits);
        var head = length - 16;
        var point = BitOperations.TrailingZeroCount(pointBits);
        if (head > 8 || point >= head || point <= (int)sign) return 0;

        // The last 16 bytes are digits; the point is among those before them.
        var all = digitBits | moreDigitBits << 16;
        var expected = (uint)((1UL << length) - 1) - sign & ~(1u << point);
        if ((all & expected) != expected) return 0;
        if (Unsafe.Add(ref text, sign) == (byte)'0' && point != sign + 1) return 0;
        var upper = Sum(Align(digits, head, point));
        if (upper >= LargestUpper) return 0;
        var lower = Sum(Vector128.LoadUnsafe(ref Unsafe.Add(ref text, head)) - Vector128.Create((byte)'0'));
        significand = upper * 10_000_000_000_000_000 + lower;
        fraction = length - 1 - point;
        return length;
    }

    /// <summary>
    /// Which of 16 bytes end a number: all but '-', '.', '/' and the digits, which follow each other in ASCII. This is what the
    /// next number waits for, so it takes the shortest way; what is in the wrong place is found later.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Ends(Vector128<byte> bytes)
    {
        var values = bytes - Vector128.Create((byte)'-');
        var beyond = Vector128.Max(values, Vector128.Create((byte)('9' - '-' + 1)));
        return Vector128.Equals(beyond, values).ExtractMostSignificantBits();
    }

    /// <summary>The values of 16 bytes as digits, 0 for others, and which are digits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Digits(Vector128<byte> bytes, out uint bits)
    {
        var values = bytes - Vector128.Create((byte)'0');
        var areDigits = Vector128.Equals(Vector128.Min(values, Vector128.Create((byte)9)), values);
        bits = areDigits.ExtractMostSignificantBits();
        return values & areDigits;
    }

    /// <summary>Moves the first bytes to the end, zeros before them, and closes the gap that the point leaves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Align(Vector128<byte> digits, int size, int point)
    {
        var places = Vector128<sbyte>.Indices;
        var shift = 16 - size;
        var before = Vector128.GreaterThan(Vector128.Create((sbyte)(point + shift + 1)), places);
        return Ssse3.Shuffle(digits, (places - Vector128.Create((sbyte)shift) + before).AsByte());
    }

    /// <summary>The number of 16 digits: by pairs, fours, eights.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Sum(Vector128<byte> digits)
    {
        var pairs = Ssse3.MultiplyAddAdjacent(digits, Vector128.Create((ushort)0x010A).AsSByte());
        var fours = Sse2.MultiplyAddAdjacent(pairs, Vector128.Create(0x00010064).AsInt16());
        var packed = Sse41.PackUnsignedSaturate(fours, fours);
        var eights = Sse2.MultiplyAddAdjacent(packed.AsInt16(), Vector128.Create(0x00012710).AsInt16()).AsUInt64().ToScalar();
        return (eights & uint.MaxValue) * 100_000_000 + (eights >> 32);
    }
}
