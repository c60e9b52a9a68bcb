namespace Serving.Drift.Panes;

/// <summary>One feature in one pane, in little room: there are many panes.</summary>
internal sealed class PaneCounts : FeatureTotals
{
    private readonly BinCounts counts;

    public PaneCounts(int bins)
        : this(new BinCounts(bins))
    {
    }

    private PaneCounts(BinCounts counts) => this.counts = counts;

    /// <summary>The counts of all bins, a copy.</summary>
    public long[] Bins()
    {
        var all = new long[counts.Length];
        counts.AddTo(all);
        return all;
    }

    public void Add(PaneCounts other)
    {
        for (var bin = 0; bin < counts.Length; bin++)
            counts.Add(bin, other.counts[bin]);
        AddTotals(other);
    }

    /// <summary>Adds the counts of the bins to those of a sum, in exchange for others that were added before.</summary>
    public void AddTo(Span<long> sums, PaneCounts? leaving = null) => counts.AddTo(sums, leaving?.counts);

    public PaneCounts Copy()
    {
        var copy = new PaneCounts(counts.Copy());
        copy.AddTotals(this);
        return copy;
    }

    public void Write(StateWriter state) => Write(state, Bins());

    public static PaneCounts Read(ref StateReader state)
    {
        var bins = state.ReadCounts();
        var pane = new PaneCounts(bins.Length);
        for (var bin = 0; bin < bins.Length; bin++)
            pane.counts.Add(bin, bins[bin]);
        pane.ReadTotals(ref state, bins);
        return pane;
    }

    protected override void AddToBin(int bin) => counts.Add(bin, 1);
}
