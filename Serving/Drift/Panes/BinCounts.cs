using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Serving.Drift.Panes;

/// <summary>
/// Whole counts in a fixed number of bins, small ones in twelve bits: a pane has thousands of rows, and a feature up to a thousand
/// categories. What a count has beyond 4,095 is kept aside, which costs twelve bytes and more for each such bin.
/// </summary>
internal sealed class BinCounts(int bins)
{
    private const int CellBits = 12;
    private const uint Cell = (1 << CellBits) - 1;

    /// <summary>Bins that are read at once.</summary>
    private const int Together = 8;

    // Two cells in three bytes, and four bytes more, so that every eight can be read as sixteen bytes.
    private readonly byte[] pairs = new byte[((bins + 1) / 2 * 3) + 4];
    private SortedList<int, long>? carried;

    /// <summary>How many bins there are.</summary>
    public int Length => bins;

    public long this[int bin]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)bin, (uint)bins, nameof(bin));
            return ((Pair(bin >> 1) >> Shift(bin)) & Cell) + (carried is not null && carried.TryGetValue(bin, out var times) ? times << CellBits : 0);
        }
    }

    /// <summary>Adds to one bin a count that is not negative.</summary>
    public void Add(int bin, long count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)bin, (uint)bins, nameof(bin));
        var (pair, shift) = (Pair(bin >> 1), Shift(bin));
        var sum = ((pair >> shift) & Cell) + count;
        BinaryPrimitives.WriteUInt32LittleEndian(pairs.AsSpan(Place(bin >> 1)), (pair & ~(Cell << shift)) | ((uint)sum & Cell) << shift);
        if (sum > Cell)
            Carry(bin, sum >> CellBits);
    }

    /// <summary>Adds every bin's count to those of another list as long, or with a minus takes it out.</summary>
    public void AddTo(Span<long> sums, int sign)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(sums.Length, bins);
        var i = 0;
        for (; i + Together <= sums.Length; i += Together)
        {
            var (low, high) = Vector128.Widen(Cells(i));
            var eight = MemoryMarshal.Cast<long, Vector128<long>>(sums.Slice(i, Together));
            Add(eight, low, sign);
            Add(eight[2..], high, sign);
        }

        for (; i < sums.Length; i++)
            sums[i] += sign * ((Pair(i >> 1) >> Shift(i)) & Cell);
        if (carried is null)
            return;
        foreach (var (bin, times) in carried)
            sums[bin] += sign * (times << CellBits);
    }

    /// <summary>A copy that takes no more room than it needs.</summary>
    public BinCounts Copy()
    {
        var copy = new BinCounts(bins);
        pairs.CopyTo(copy.pairs, 0);
        if (carried is not null)
            copy.carried = new SortedList<int, long>(carried);
        return copy;
    }

    private static void Add(Span<Vector128<long>> sums, Vector128<uint> four, int sign)
    {
        // Negative is all bits turned and one more.
        var turned = Vector128.Create(sign >> 31).AsInt64();
        var (low, high) = Vector128.Widen(four.AsInt32());
        sums[0] += (low ^ turned) - turned;
        sums[1] += (high ^ turned) - turned;
    }

    /// <summary>Eight cells from this one on, its place being a multiple of two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector128<ushort> Cells(int first)
    {
        var bytes = Vector128.LoadUnsafe(ref pairs[Place(first >> 1)]);
        var twos = Vector128.Shuffle(bytes, Vector128.Create((byte)0, 1, 1, 2, 3, 4, 4, 5, 6, 7, 7, 8, 9, 10, 10, 11)).AsUInt16();
        return Vector128.ConditionalSelect(Vector128.Create(uint.MaxValue >> 16).AsUInt16(), twos & Vector128.Create((ushort)Cell), twos >>> 4);
    }

    private static int Place(int pair) => pair * 3;

    private static int Shift(int bin) => (bin & 1) * CellBits;

    private uint Pair(int pair) => BinaryPrimitives.ReadUInt32LittleEndian(pairs.AsSpan(Place(pair)));

    private void Carry(int bin, long times)
    {
        carried ??= new SortedList<int, long>(1);
        carried[bin] = carried.GetValueOrDefault(bin) + times;
    }
}
