using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gateway.OpenInference;

/// <summary>Plain numbers one by one, all their digits as one integer.</summary>
internal readonly struct PlainNumbers<T, TScale> : IPlainReader<T>
    where T : unmanaged
    where TScale : struct, IPlainScale<T>
{
    /// <summary>Keeps a significand within 63 bits.</summary>
    private const ulong LargestUpper = 900;

    public static int Read(ref byte text, in PlainBlock block, Span<T> destination, out int last)
    {
        var (firsts, wholes, ends) = (block.Firsts, block.Wholes, block.Ends);
        var count = Math.Min(block.Count, destination.Length);
        last = 0;
        for (var i = 0; i < count; i++)
        {
            var first = BitOperations.TrailingZeroCount(firsts);
            var whole = BitOperations.TrailingZeroCount(wholes);
            var end = BitOperations.TrailingZeroCount(ends);
            if (!TryRead(ref Unsafe.Add(ref text, end), end - first, whole - first, out var significand)) return i;
            if (!TScale.TryScale(significand, Math.Max(end - 1 - whole, 0), (block.Negatives >> first & 1) != 0, out destination[i])) return i;
            last = end;
            firsts &= firsts - 1;
            wholes &= wholes - 1;
            ends &= ends - 1;
        }

        return count;
    }

    /// <summary>Up to 24 bytes, and 63 bits; false when it is longer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryRead(ref byte end, int length, int whole, out ulong significand)
    {
        ref var lowest = ref Unsafe.Subtract(ref end, 16);
        if (length <= 16)
        {
            significand = Sum(new PlainForm((nuint)length, (nuint)whole).Digits(ref lowest));
            return true;
        }

        // The last 16 bytes are to be digits; the point is among those before them.
        significand = 0;
        var head = length - 16;
        if (head > 8 || whole >= head) return false;
        var upper = Sum(new PlainForm((nuint)head, (nuint)whole).Digits(ref Unsafe.Subtract(ref lowest, 16)));
        significand = upper * 10_000_000_000_000_000 + Sum(new PlainForm(16, 16).Digits(ref lowest));
        return upper < LargestUpper;
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
