namespace Serving.Routing;

/// <summary>The buckets of a latency histogram that hold anything. Counts in the same buckets add up.</summary>
/// <param name="Buckets">Bucket indices, rising.</param>
/// <param name="Counts">How many latencies each holds.</param>
public sealed record LatencyCounts(IReadOnlyList<int> Buckets, IReadOnlyList<long> Counts)
{
    public static readonly LatencyCounts None = new([], []);
}
