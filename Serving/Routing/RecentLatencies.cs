namespace Serving.Routing;

/// <summary>A version's latest latencies: at least the last ten thousand and at most twice as many. One thread only.</summary>
internal sealed class RecentLatencies
{
    private const int Generation = 10_000;

    private LatencyHistogram newer = new();
    private LatencyHistogram older = new();

    public void Add(TimeSpan latency)
    {
        if (newer.Total == Generation) (older, newer) = (newer, new LatencyHistogram());
        newer.Add(latency);
    }

    /// <summary>All of them, in a histogram of the caller's own.</summary>
    public LatencyHistogram Read()
    {
        var all = new LatencyHistogram();
        all.Add(older.ToCounts());
        all.Add(newer.ToCounts());
        return all;
    }
}
