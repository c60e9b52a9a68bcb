using Serving.Drift.Statistics;

namespace Serving.Drift.Laws;

/// <summary>Categories: the two-sample chi-square over all of them, the rare pooled by the sum of both samples.</summary>
internal sealed class CategoryLaw : IFeatureLaw
{
    /// <summary>Bins of the e-process: the most frequent categories, all others together. Few, so the Dirichlet law holds.</summary>
    private const int EvidenceBins = 20;

    private readonly long[] counts;
    private readonly Grouping grouping;
    private readonly DirichletEvidence evidence;

    /// <param name="counts">The baseline's counts, most frequent category first, what is in no category last.</param>
    public CategoryLaw(long[] counts)
    {
        this.counts = counts;
        Weight = Divergence.Total(counts);
        var groupOf = new int[counts.Length];
        for (var i = 0; i < counts.Length; i++)
            groupOf[i] = Math.Min(i, EvidenceBins - 1);
        grouping = Grouping.Of(groupOf, Math.Min(counts.Length, EvidenceBins));
        evidence = new DirichletEvidence(Array.ConvertAll(grouping.Sum(counts), c => c + AtomicLaw.Prior));
    }

    public double Weight { get; }

    public long LeastCount => 1;

    public Discrepancy Shape(ReadOnlySpan<long> window, double scale) =>
        TwoSampleTest.Compare(counts, window, scale, TwoSampleTest.LeastExpected);

    public Discrepancy ShapeByRatio(ReadOnlySpan<long> window, double scale) =>
        TwoSampleTest.CompareByRatio(counts, window, scale, TwoSampleTest.LeastExpected);

    public Discrepancy Smooth(ReadOnlySpan<long> window, double scale) => default;

    public Discrepancy SmoothByRatio(ReadOnlySpan<long> window, double scale) => default;

    public double LogE(ReadOnlySpan<long> window, double scale)
    {
        Span<long> bins = stackalloc long[grouping.Groups];
        grouping.Sum(window, bins);
        return evidence.LogE(bins, scale);
    }
}
