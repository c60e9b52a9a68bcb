using Serving.Drift.Laws;

namespace Serving.Drift.Baselines;

/// <summary>
/// A numeric feature's baseline. Its bins are the union of all edges that anything needs: order statistics for the tests, the
/// atom-aware deciles for the distances, the range for what lies outside it. One search per value serves them all.
/// </summary>
internal sealed class NumericBaseline : FeatureBaseline
{
    public NumericBaseline(string name, NumericBins bins, NumericTotals totals, long[] counts, Dispersion? dispersion)
        : base(name, FeatureKind.Numeric, counts, totals.Missing, dispersion)
    {
        Bins = bins;
        Totals = totals;
        Shown = Grouping.ByEdges(bins.Edges, bins.Deciles);
        Law = bins.OrderLaw(counts) is { } law ? new ContinuousLaw(law, bins.Edges) : new AtomicLaw(counts, Shown);
        Continuous = Law is ContinuousLaw;
    }

    public NumericBins Bins { get; }

    public NumericTotals Totals { get; }

    public bool Continuous { get; }

    public override IFeatureLaw Law { get; }

    public override Grouping Shown { get; }

    public override long TopCount => Totals.TopCount;

    public override long Rows => Binned + Missing + Totals.NaN + Totals.Infinite;
}
