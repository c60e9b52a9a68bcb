using Serving.Drift.Baselines;
using Serving.Drift.Panes;
using Serving.Models;

namespace Serving.Drift.Observing;

/// <summary>
/// One process's part in watching a version that several processes serve: observations come in, whole shares of panes go out, to a
/// monitor elsewhere. No clock, no threads, no storage.
/// </summary>
internal sealed class VersionTally
{
    private readonly WindowAccumulator counts;
    private readonly RowReader rows;

    /// <param name="metadata">The version's signature.</param>
    /// <param name="sources">The baseline's features, in its order.</param>
    /// <param name="judged">What feedback is compared with, which is observed too; null for nothing.</param>
    /// <param name="baseline">What is counted against.</param>
    /// <param name="panes">When panes end.</param>
    /// <param name="node">The name of this process.</param>
    /// <param name="incarnation">Another at each start of the process, and whenever counting begins anew.</param>
    public VersionTally(ModelMetadata metadata, FeatureSource[] sources, JudgedOutput? judged, Baseline baseline, PaneRule panes, string node, long incarnation)
    {
        Layout = new ObservationLayout(metadata, sources, judged);
        rows = new RowReader(Layout);
        counts = new WindowAccumulator(baseline, panes, metadata.Version, node, incarnation, feature => NarrowEdges.Of(Layout, baseline, feature));
    }

    public ObservationLayout Layout { get; }

    /// <summary>Panes that are whole, oldest first; the caller takes out what has arrived where it should.</summary>
    public List<PaneSummary> Whole { get; } = [];

    public void Add(in Observation observation)
    {
        rows.Load(observation);
        for (var row = 0; row < observation.Rows; row++)
        {
            Advance(observation.At);
            counts.Begin(observation.At);
            RowCounting.Count(rows, Layout, row, counts);
        }
    }

    /// <summary>Ends the open pane when its time has come.</summary>
    public void Advance(DateTimeOffset now)
    {
        if (counts.IsDue(now)) Whole.Add(counts.Cut(now));
    }

    /// <summary>Ends the open pane whatever the time: nothing more will be counted.</summary>
    public void End(DateTimeOffset now)
    {
        if (counts.Count > 0) Whole.Add(counts.Cut(now));
    }

    /// <summary>The open pane as it is; null when nothing is in it.</summary>
    public PaneSummary? Open(DateTimeOffset now) => counts.Snapshot(now);
}
