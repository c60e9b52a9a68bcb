using Serving.Drift;

namespace Grains.Drift;

/// <summary>
/// The silos that count a version: up to when each of them is counted, so that a report can say what may be missing. A silo that ends in
/// order is forgotten, since all it saw is counted; one that does not is shown, for an hour.
/// </summary>
internal sealed class CountingNodes
{
    private const int Most = 64;

    private static readonly TimeSpan SilentAfter = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShownFor = TimeSpan.FromHours(1);

    private readonly Dictionary<(string Node, long Incarnation), Entry> entries = [];
    private long droppedBefore;

    /// <summary>Observations lost at all silos.</summary>
    public long Dropped => droppedBefore + entries.Values.Sum(e => e.Node.Dropped);

    public void Heard(SentCounts counts, DateTimeOffset now)
    {
        var key = (counts.Node, counts.Incarnation);
        if (counts.IsLast)
        {
            entries.Remove(key);
            droppedBefore += counts.Dropped;
            return;
        }

        entries[key] = new Entry(new CountingNode(counts.Node, counts.Incarnation, counts.Until, counts.Dropped, counts.Silo), counts.Number, now);
        foreach (var (old, _) in entries.Where(e => now - e.Value.HeardAt > ShownFor).Concat(entries.OrderByDescending(e => e.Value.HeardAt).Skip(Most)).ToArray())
        {
            droppedBefore += entries[old].Node.Dropped;
            entries.Remove(old);
        }
    }

    /// <summary>Whether a silo counts for the watch of this number.</summary>
    public bool IsCounting(string node, long number) => entries.Values.Any(e => e.Node.Node == node && e.Number == number);

    /// <summary>Every silo that counts, or did without ending in order.</summary>
    public IEnumerable<CountingNode> All => entries.Values.Select(e => e.Node);

    public IReadOnlyList<DriftNode> Report(DateTimeOffset now) =>
        [.. entries.Values.OrderBy(e => e.Node.Node, StringComparer.Ordinal).ThenBy(e => e.Node.Until).Select(e => new DriftNode(e.Node.Node, e.Node.Until, IsSilent(e, now)))];

    public void Clear()
    {
        entries.Clear();
        droppedBefore = 0;
    }

    public void Save(MonitorShares state) => (state.Nodes, state.Dropped) = ([.. entries.Values.Select(e => e.Node)], droppedBefore);

    /// <summary>As <see cref="Save"/> left it: whoever lives will be heard of again.</summary>
    public void Restore(MonitorShares state)
    {
        droppedBefore = state.Dropped;
        foreach (var node in state.Nodes) entries[(node.Node, node.Incarnation)] = new Entry(node, 0, node.Until);
    }

    private static bool IsSilent(Entry entry, DateTimeOffset now) => now - entry.HeardAt > SilentAfter;

    private sealed record Entry(CountingNode Node, long Number, DateTimeOffset HeardAt);
}
