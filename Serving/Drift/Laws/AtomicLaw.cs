using Serving.Drift.Statistics;

namespace Serving.Drift.Laws;

/// <summary>
/// Numbers with atoms (integers, rounded values, many zeros) and small baselines: the two-sample chi-square on the atom-aware
/// quantile bins, and the two-sample smooth test on all bins.
/// </summary>
internal sealed class AtomicLaw : IFeatureLaw
{
    /// <summary>Added to every count to make a Dirichlet law of it: the usual choice for unknown shares.</summary>
    public const double Prior = 0.5;

    private readonly long[] fine;
    private readonly TwoSampleTest shape;
    private readonly Grouping grouping;
    private readonly DirichletEvidence evidence;

    /// <param name="counts">The baseline's counts in the accumulator's bins.</param>
    /// <param name="deciles">From those bins to the atom-aware quantile bins.</param>
    public AtomicLaw(long[] counts, Grouping deciles)
    {
        fine = counts;
        grouping = deciles;
        var coarse = deciles.Sum(counts);
        shape = new TwoSampleTest(coarse, TwoSampleTest.LeastExpected);
        evidence = new DirichletEvidence(Array.ConvertAll(coarse, c => c + Prior));
        Weight = Divergence.Total(counts);
    }

    public double Weight { get; }

    // Bins with little in them are pooled, so only the count itself must be large enough.
    public long LeastCount => 1;

    public Discrepancy Shape(ReadOnlySpan<long> counts, double scale)
    {
        Span<long> bins = stackalloc long[grouping.Groups];
        grouping.Sum(counts, bins);
        return shape.Compare(bins, scale);
    }

    public Discrepancy ShapeByRatio(ReadOnlySpan<long> counts, double scale)
    {
        Span<long> bins = stackalloc long[grouping.Groups];
        grouping.Sum(counts, bins);
        return shape.CompareByRatio(bins, scale);
    }

    public Discrepancy Smooth(ReadOnlySpan<long> counts, double scale) => TwoSampleSmoothTest.Compare(fine, counts, scale);

    public Discrepancy SmoothByRatio(ReadOnlySpan<long> counts, double scale) => TwoSampleSmoothTest.CompareByRatio(fine, counts, scale);

    public double LogE(ReadOnlySpan<long> counts, double scale)
    {
        Span<long> bins = stackalloc long[grouping.Groups];
        grouping.Sum(counts, bins);
        return evidence.LogE(bins, scale);
    }
}
