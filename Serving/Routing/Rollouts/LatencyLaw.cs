namespace Serving.Routing.Rollouts;

/// <summary>
/// Up to 21 bins of latency cut from what the stable version usually shows: its 5, 10 .. 95 and 99 % quantiles, moved to the
/// nearest bucket's start, with each bin's usual share. Once cut it never changes, so that counts in its bins add up; the test
/// over them holds whatever the shares, which only say what a shift would look like.
/// </summary>
/// <param name="Starts">The first bucket of each bin, rising, beginning with 0.</param>
/// <param name="Shares">The usual share of each bin; positive, summing up to 1.</param>
internal sealed record LatencyLaw(IReadOnlyList<int> Starts, IReadOnlyList<double> Shares)
{
    /// <summary>Latencies that a law must be cut from at the least: five above the last quantile.</summary>
    public const int MinLatencies = 500;

    /// <summary>The most bins of a law.</summary>
    public const int MaxBins = 21;

    /// <summary>Cuts a law, or gives null while there are fewer than <see cref="MinLatencies"/>.</summary>
    public static LatencyLaw? Cut(LatencyHistogram stable)
    {
        if (stable.Total < MinLatencies) return null;
        var below = new long[LatencyBuckets.Count + 1];
        for (var i = 0; i < LatencyBuckets.Count; i++) below[i + 1] = below[i] + stable.Counts[i];

        var starts = new SortedSet<int> { 0 };
        for (var i = 1; i < MaxBins; i++)
        {
            var rank = (i == MaxBins - 1 ? 0.99 : i * 0.05) * stable.Total;
            var start = 1;
            while (below[start] < rank) start++;
            if (rank - below[start - 1] < below[start] - rank) start--;
            if (start < LatencyBuckets.Count) starts.Add(start);
        }

        // Half a count more in each bin: none is ever empty.
        var cuts = starts.Append(LatencyBuckets.Count).ToArray();
        var shares = starts.Select((start, i) => (below[cuts[i + 1]] - below[start] + 0.5) / (stable.Total + starts.Count / 2.0));
        return new LatencyLaw([.. starts], [.. shares]);
    }

    /// <summary>The counts of the law's bins.</summary>
    public long[] Bin(LatencyCounts latencies)
    {
        var bins = new long[Starts.Count];
        for (var i = 0; i < latencies.Buckets.Count; i++)
        {
            var bin = bins.Length - 1;
            while (Starts[bin] > latencies.Buckets[i]) bin--;
            bins[bin] += latencies.Counts[i];
        }

        return bins;
    }
}
