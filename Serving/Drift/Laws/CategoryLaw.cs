using Serving.Drift.Statistics;

namespace Serving.Drift.Laws;

/// <summary>Categories: the two-sample chi-square over all of them, the rare pooled by the sum of both samples.</summary>
internal sealed class CategoryLaw : IFeatureLaw
{
    /// <summary>Bins of the e-process: the most frequent categories, all others together. Few, so the Dirichlet law holds.</summary>
    private const int EvidenceBins = 20;

    private readonly TwoSampleTest shape;
    private readonly DirichletEvidence evidence;

    /// <param name="counts">The baseline's counts, most frequent category first, what is in no category last.</param>
    public CategoryLaw(long[] counts)
    {
        Weight = Divergence.Total(counts);
        shape = new TwoSampleTest(counts, TwoSampleTest.LeastExpected);
        var bins = new long[Math.Min(counts.Length, EvidenceBins)];
        Frequent(counts, bins);
        evidence = new DirichletEvidence(Array.ConvertAll(bins, c => c + AtomicLaw.Prior));
    }

    public double Weight { get; }

    public long LeastCount => 1;

    public Discrepancy Shape(ReadOnlySpan<long> window, double scale) => shape.Compare(window, scale);

    public Discrepancy ShapeByRatio(ReadOnlySpan<long> window, double scale) => shape.CompareByRatio(window, scale);

    public Discrepancy Smooth(ReadOnlySpan<long> window, double scale) => default;

    public Discrepancy SmoothByRatio(ReadOnlySpan<long> window, double scale) => default;

    public double LogE(ReadOnlySpan<long> window, double scale)
    {
        Span<long> bins = stackalloc long[evidence.Bins];
        Frequent(window, bins);
        return evidence.LogE(bins, scale);
    }

    /// <summary>The first counts, and in the last place the sum of all others.</summary>
    private static void Frequent(ReadOnlySpan<long> counts, Span<long> bins)
    {
        var own = bins.Length - 1;
        counts[..own].CopyTo(bins);
        bins[own] = Divergence.Total(counts[own..]);
    }
}
