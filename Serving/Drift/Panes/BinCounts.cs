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
            return CellOf(bin) + (carried is not null && carried.TryGetValue(bin, out var times) ? times << CellBits : 0);
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

    /// <summary>Adds every bin's count to those of a sum over as many bins, and takes another's out, which was added before.</summary>
    /// <param name="leaving">What is taken out; null for nothing.</param>
    public void AddTo(Span<long> sums, BinCounts? leaving = null)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(sums.Length, bins);
        ref var sum = ref MemoryMarshal.GetReference(sums);
        var i = 0;
        for (; i + Together <= sums.Length; i += Together)
        {
            // Twelve bits and twelve bits differ by what sixteen hold.
            var eight = leaving is null ? Cells(i) : Cells(i) - leaving.Cells(i);
            var wide = Vector256.WidenLower(eight.ToVector256Unsafe());
            (Vector256.LoadUnsafe(ref sum, (nuint)i) + Vector256.WidenLower(wide)).StoreUnsafe(ref sum, (nuint)i);
            var upper = (nuint)(i + Vector256<long>.Count);
            (Vector256.LoadUnsafe(ref sum, upper) + Vector256.WidenUpper(wide)).StoreUnsafe(ref sum, upper);
        }

        for (; i < sums.Length; i++)
            sums[i] += CellOf(i) - (leaving?.CellOf(i) ?? 0);
        AddCarried(sums, 1);
        leaving?.AddCarried(sums, -1);
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

    /// <summary>Eight cells from this one on, its place being a multiple of two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector128<short> Cells(int first)
    {
        var bytes = Vector128.LoadUnsafe(ref pairs[Place(first >> 1)]);
        var twos = Vector128.Shuffle(bytes, Vector128.Create((byte)0, 1, 1, 2, 3, 4, 4, 5, 6, 7, 7, 8, 9, 10, 10, 11)).AsUInt16();

        // The lower cell of two loses the upper's bits at the top, the upper the lower's at the bottom.
        return ((twos * Vector128.Create(0x0001_0010u).AsUInt16()) >>> (16 - CellBits)).AsInt16();
    }

    private long CellOf(int bin) => (Pair(bin >> 1) >> Shift(bin)) & Cell;

    private void AddCarried(Span<long> sums, int sign)
    {
        if (carried is null)
            return;
        foreach (var (bin, times) in carried)
            sums[bin] += sign * (times << CellBits);
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
