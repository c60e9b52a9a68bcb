namespace Serving.Drift.Panes;

/// <summary>One feature over any number of panes: what is tested, and shown.</summary>
internal sealed class FeatureCounts(int bins) : FeatureTotals
{
    public long[] Bins { get; } = new long[bins];

    public void Add(PaneCounts pane)
    {
        pane.AddTo(Bins);
        AddTotals(pane);
    }

    /// <summary>Takes one part in exchange for another that was added before, whose extremes stay.</summary>
    public void Replace(PaneCounts before, PaneCounts after)
    {
        after.AddTo(Bins, before);
        AddTotals(after);
        SubtractTotals(before);
    }

    public void Write(StateWriter state) => Write(state, Bins);

    public static FeatureCounts Read(ref StateReader state)
    {
        var bins = state.ReadCounts();
        var counts = new FeatureCounts(bins.Length);
        bins.CopyTo(counts.Bins, 0);
        counts.ReadTotals(ref state, bins);
        return counts;
    }

    protected override void AddToBin(int bin) => Bins[bin]++;
}
