using Serving.Drift.Statistics;

namespace Serving.Drift.Laws;

/// <summary>Numbers without atoms: the order-statistic law, forty bins for shift and scale, ten for any shape.</summary>
internal sealed class ContinuousLaw : IFeatureLaw
{
    public const int Bins = 40;
    private const int Factor = 4;

    private readonly OrderStatisticLaw forty;
    private readonly OrderStatisticLaw ten;
    private readonly TwoSampleTest shape;
    private readonly Grouping grouping;
    private readonly DirichletEvidence evidence;

    /// <param name="law">Forty bins.</param>
    /// <param name="edges">The accumulator's edges, the law's among them.</param>
    public ContinuousLaw(OrderStatisticLaw law, double[] edges)
    {
        forty = law;
        ten = law.Coarsen(Factor);
        shape = new TwoSampleTest(ten.Alpha);
        grouping = Grouping.ByEdges(edges, law.Edges);
        evidence = new DirichletEvidence(Array.ConvertAll(ten.Alpha, a => (double)a));
        LeastCount = (long)Math.Ceiling(TwoSampleTest.LeastExpected * law.Weight / ten.Alpha.Min());
    }

    public double Weight => forty.Weight;

    public long LeastCount { get; }

    public Discrepancy Shape(ReadOnlySpan<long> counts, double scale)
    {
        Span<long> bins = stackalloc long[Bins / Factor];
        Coarse(counts, bins);
        return ten.AnyShape(bins);
    }

    public Discrepancy ShapeByRatio(ReadOnlySpan<long> counts, double scale)
    {
        Span<long> bins = stackalloc long[Bins / Factor];
        Coarse(counts, bins);
        return shape.CompareByRatio(bins, scale);
    }

    public Discrepancy Smooth(ReadOnlySpan<long> counts, double scale)
    {
        Span<long> bins = stackalloc long[Bins];
        grouping.Sum(counts, bins);
        return forty.Smooth(bins);
    }

    public Discrepancy SmoothByRatio(ReadOnlySpan<long> counts, double scale)
    {
        Span<long> bins = stackalloc long[Bins];
        grouping.Sum(counts, bins);
        return forty.SmoothByRatio(bins);
    }

    public double LogE(ReadOnlySpan<long> counts, double scale)
    {
        Span<long> bins = stackalloc long[Bins / Factor];
        Coarse(counts, bins);
        return evidence.LogE(bins, scale);
    }

    private void Coarse(ReadOnlySpan<long> counts, Span<long> bins)
    {
        Span<long> fine = stackalloc long[Bins];
        grouping.Sum(counts, fine);
        bins.Clear();
        for (var i = 0; i < fine.Length; i++)
            bins[i / Factor] += fine[i];
    }
}
