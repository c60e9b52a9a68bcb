namespace Serving.Drift.Panes;

/// <summary>One feature over any number of panes: what is tested, and shown.</summary>
internal sealed class FeatureCounts(int bins) : FeatureTotals
{
    public long[] Bins { get; } = new long[bins];

    public override long Binned => Statistics.Divergence.Total(Bins);

    public override void AddBin(int bin) => Bins[bin]++;

    public void Add(PaneCounts pane)
    {
        pane.AddTo(Bins, 1);
        AddTotals(pane);
    }

    /// <summary>Takes out what was added, but for its extremes, which stay.</summary>
    public void Subtract(PaneCounts pane)
    {
        pane.AddTo(Bins, -1);
        SubtractTotals(pane);
    }

    /// <summary>Takes what one part of this sum has become in exchange for what it was; counts only ever grow.</summary>
    public void Replace(PaneCounts before, PaneCounts after)
    {
        Add(after);
        Subtract(before);
    }

    public void Write(StateWriter state) => Write(state, Bins);

    public static FeatureCounts Read(ref StateReader state)
    {
        var bins = state.ReadCounts();
        var counts = new FeatureCounts(bins.Length);
        bins.CopyTo(counts.Bins, 0);
        counts.ReadTotals(ref state);
        return counts;
    }
}
