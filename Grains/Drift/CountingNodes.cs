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

    /// <summary>A silo said how far it has counted.</summary>
    /// <param name="node">The silo.</param>
    /// <param name="number">What it counts for: see <see cref="WatchRow.Number"/>.</param>
    /// <param name="isLast">Nothing more will come from this life of it.</param>
    /// <param name="now">The time.</param>
    public void Heard(CountingNode node, long number, bool isLast, DateTimeOffset now)
    {
        var key = (node.Node, node.Incarnation);
        if (isLast)
        {
            entries.Remove(key);
            droppedBefore += node.Dropped;
            return;
        }

        entries[key] = new Entry(node, number, now);
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

    /// <summary>Shows such silos no more.</summary>
    public void Forget(Func<CountingNode, bool> isSuch)
    {
        foreach (var (key, _) in entries.Where(e => isSuch(e.Value.Node)).ToArray()) entries.Remove(key);
    }

    public void Clear()
    {
        entries.Clear();
        droppedBefore = 0;
    }

    public void Save(MonitorShares state) => (state.Nodes, state.Dropped) = ([.. entries.Values.Select(e => e.Node)], droppedBefore);

    /// <summary>As <see cref="Save"/> left it: whoever lives will be heard of again.</summary>
    public void Restore(IEnumerable<CountingNode> saved, long dropped)
    {
        droppedBefore = dropped;
        foreach (var node in saved) entries[(node.Node, node.Incarnation)] = new Entry(node, 0, node.Until);
    }

    private static bool IsSilent(Entry entry, DateTimeOffset now) => now - entry.HeardAt > SilentAfter;

    private sealed record Entry(CountingNode Node, long Number, DateTimeOffset HeardAt);
}
