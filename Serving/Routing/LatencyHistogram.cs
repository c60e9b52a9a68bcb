namespace Serving.Routing;

/// <summary>
/// Counts of latencies in the buckets of <see cref="LatencyBuckets"/>. Adding is exact and independent of order.
/// </summary>
internal sealed class LatencyHistogram
{
    private readonly long[] counts = new long[LatencyBuckets.Count];

    public long Total { get; private set; }

    public ReadOnlySpan<long> Counts => counts;

    public void Add(TimeSpan latency) => Add(LatencyBuckets.IndexOf(latency), 1);

    public void Add(int bucket, long count)
    {
        counts[bucket] += count;
        Total += count;
    }

    public void Add(LatencyCounts other)
    {
        for (var i = 0; i < other.Buckets.Count; i++) Add(other.Buckets[i], other.Counts[i]);
    }

    /// <summary>The buckets that hold anything.</summary>
    public LatencyCounts ToCounts()
    {
        var buckets = new List<int>();
        for (var i = 0; i < counts.Length; i++)
        {
            if (counts[i] > 0) buckets.Add(i);
        }

        return new LatencyCounts(buckets, buckets.ConvertAll(i => counts[i]));
    }

    /// <summary>A quantile in milliseconds, from the middle of the bucket it falls into; null when there is nothing.</summary>
    /// <param name="share">Above 0, at most 1.</param>
    public double? QuantileMs(double share)
    {
        if (Total == 0) return null;
        var rank = Math.Max(1, (long)Math.Ceiling(share * Total));
        var i = 0;
        for (var seen = counts[0]; seen < rank; seen += counts[++i])
        {
        }

        return (LatencyBuckets.StartMs(i) + LatencyBuckets.StartMs(i + 1)) / 2;
    }
}
