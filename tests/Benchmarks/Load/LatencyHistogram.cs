using System.Numerics;

namespace Benchmarks.Load;

/// <summary>Counts durations in nanoseconds, each kept to within one part in 128. Adding allocates nothing.</summary>
internal sealed class LatencyHistogram
{
    private const int SubBits = 7;
    private readonly long[] counts = new long[(64 - SubBits) << SubBits];

    public long Count { get; private set; }

    public long Max { get; private set; }

    public void Add(long nanoseconds)
    {
        var value = Math.Max(nanoseconds, 0);
        counts[IndexOf(value)]++;
        Count++;
        Max = Math.Max(Max, value);
    }

    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < counts.Length; i++) counts[i] += other.counts[i];
        Count += other.Count;
        Max = Math.Max(Max, other.Max);
    }

    /// <summary>The duration that this share of all does not exceed, in nanoseconds; 0 of nothing.</summary>
    public double Quantile(double share)
    {
        var wanted = Math.Max(1, (long)Math.Ceiling(share * Count));
        long seen = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            seen += counts[i];
            if (seen >= wanted) return Math.Min(UpperEnd(i), Max);
        }

        return 0;
    }

    // Below 2^SubBits every value has its own place; above, each power of two is cut into 2^SubBits parts.
    private static int IndexOf(long value)
    {
        var shift = Math.Max(0, BitOperations.Log2((ulong)value) - SubBits);
        return (shift << SubBits) + (int)(value >> shift);
    }

    private static long UpperEnd(int index)
    {
        var shift = Math.Max(0, (index >> SubBits) - 1);
        return ((long)(index - (shift << SubBits)) + 1 << shift) - 1;
    }
}
