using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gateway.OpenInference;

/// <summary>
/// Plain numbers to FP32, four at a time, correctly rounded. As in <see cref="NearestFloat"/> a number is computed as a double that is
/// at most 4 units in its last place off, which tells the float unless it lies that close to the middle between two. Of a number of
/// more than 16 bytes the first 16 are read: it lies between these digits and the next larger ones, and where both give the same float, so
/// does it. What cannot be told is read another way.
/// </summary>
internal readonly struct PlainFloats : IPlainReader<float>
{
    private const int Four = 4;

    // A double's last 29 bits are what a float drops; those at most 8 off the middle are in doubt.
    private const long DroppedBits = (1L << 29) - 1;
    private const long Middle = 1L << 28;
    private const long Doubt = 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Read(ref byte text, in PlainBlock block, Span<float> destination, out int last)
    {
        var (firsts, wholes, stops, ends) = (block.Firsts, block.Wholes, block.Stops, block.Ends);
        var left = Math.Min(block.Count, destination.Length);
        ref var next = ref MemoryMarshal.GetReference(destination);
        var read = 0;
        last = 0;
        do
        {
            var digits0 = Next(ref text, ref firsts, ref wholes, ref stops, out var first0, out var stop0, out var scale0);
            var digits1 = Next(ref text, ref firsts, ref wholes, ref stops, out var first1, out var stop1, out var scale1);
            var digits2 = Next(ref text, ref firsts, ref wholes, ref stops, out var first2, out var stop2, out var scale2);
            var digits3 = Next(ref text, ref firsts, ref wholes, ref stops, out var first3, out var stop3, out var scale3);
            var scales = Vector256.Create(scale0, scale1, scale2, scale3);
            if (block.Negatives != 0) scales ^= Marks(block.Negatives, first0, first1, first2, first3);
            var values = Integers(Join(digits0, digits1), Join(digits2, digits3)) * scales;
            var floats = Avx.ConvertToVector128Single(values);
            var doubts = Doubts(values);
            if (block.Stops != block.Ends)
            {
                var above = values + Avx.BlendVariable(scales, default, Marks(block.Ends, stop0, stop1, stop2, stop3));
                doubts |= Doubts(above) | Sse.MoveMask(Sse.CompareNotEqual(Avx.ConvertToVector128Single(above), floats));
            }

            var sure = Math.Min(BitOperations.TrailingZeroCount(doubts | 1 << Four), left);
            if (sure < Four)
            {
                // Not by the vector's indexer, with whose check nothing is compiled ahead of time.
                var known = floats;
                for (var i = 0; i < sure; i++)
                {
                    Unsafe.Add(ref next, read++) = Unsafe.Add(ref Unsafe.As<Vector128<float>, float>(ref known), i);
                    last = Take(ref ends);
                }

                return read;
            }

            floats.StoreUnsafe(ref next, (nuint)read);
            read += Four;
            left -= Four;
            for (var i = 0; i < Four; i++) last = Take(ref ends);
        }
        while (left >= Four);
        return read;
    }

    /// <summary>The next number's digits, of its first 16 bytes; behind the last number none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Next(
        ref byte text, ref ulong firsts, ref ulong wholes, ref ulong stops, out ulong first, out ulong stop, out double scale)
    {
        first = Bmi1.X64.TrailingZeroCount(firsts);
        stop = Bmi1.X64.TrailingZeroCount(stops);
        var form = new PlainForm((nuint)(stop - first), (nuint)(Bmi1.X64.TrailingZeroCount(wholes) - first));
        scale = form.Scale;
        firsts &= firsts - 1;
        wholes &= wholes - 1;
        stops &= stops - 1;
        return form.Digits(ref Unsafe.Subtract(ref Unsafe.Add(ref text, (nuint)stop), 16));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Take(ref ulong bits)
    {
        var first = BitOperations.TrailingZeroCount(bits);
        bits &= bits - 1;
        return first;
    }

    /// <summary>Four bits of a mask as the topmost of four elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Marks(ulong mask, ulong first, ulong second, ulong third, ulong fourth) =>
        (Vector256.Create(mask >> (int)first, mask >> (int)second, mask >> (int)third, mask >> (int)fourth) << 63).AsDouble();

    /// <remarks>Not by Vector256.Create, with which nothing is compiled ahead of time.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Join(Vector128<byte> lower, Vector128<byte> upper) =>
        Avx2.InsertVector128(lower.ToVector256Unsafe(), upper, 1);

    /// <summary>The numbers of four times 16 digits: by pairs, fours, eights. Only the last sum rounds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Integers(Vector256<byte> left, Vector256<byte> right)
    {
        var packed = Avx2.PackUnsignedSaturate(Fours(left), Fours(right)).AsInt16();
        var eights = Avx2.MultiplyAddAdjacent(packed, Vector256.Create(0x00012710).AsInt16());
        eights = Avx2.PermuteVar8x32(eights, Vector256.Create(0, 4, 2, 6, 1, 5, 3, 7));
        return Avx.ConvertToVector256Double(eights.GetLower()) * Vector256.Create(1e8) + Avx.ConvertToVector256Double(eights.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Fours(Vector256<byte> digits) => Avx2.MultiplyAddAdjacent(
        Avx2.MultiplyAddAdjacent(digits, Vector256.Create((ushort)0x010A).AsSByte()), Vector256.Create(0x00010064).AsInt16());

    /// <summary>Which of four are too close to call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Doubts(Vector256<double> values)
    {
        var off = values.AsInt64() + Vector256.Create(Doubt - Middle) & Vector256.Create(DroppedBits & -2 * Doubt);
        return Avx.MoveMask(Vector256.Equals(off, Vector256<long>.Zero).AsDouble());
    }
}
