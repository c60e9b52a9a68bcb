using Serving.Drift.Baselines;
using Serving.Drift.Laws;
using Serving.Drift.Panes;
using Serving.Drift.Statistics;

namespace Serving.Drift.Monitoring;

/// <summary>The tests of one feature's counts against its baseline. Pure functions of the two.</summary>
internal static class FeatureTests
{
    public const int Kinds = 7;

    /// <summary>Nothing but a complete outage is told from fewer rows, and nothing at all from a smaller baseline.</summary>
    public const int LeastRows = 30;

    /// <summary>
    /// However long a window is, it counts as at most this part of its baseline. Beyond, it would resolve differences that the next
    /// sample of the baseline's size, or a held-out part of the same data, shows as well: 100 rows cannot vouch for the second
    /// decimal of a share. With the usual ten windows in a baseline it binds only when many panes are pooled.
    /// </summary>
    private const double MostPart = 0.25;

    /// <summary>
    /// Below this p-value of a squared distance the likelihood ratio's is asked too, and the larger counts. The squares are too
    /// eager far out in the tail (170 times the nominal rate at 1e-5 where bins expect five), the ratios nearer the middle.
    /// </summary>
    private const double Settled = 0.01;

    private static readonly AlertKind[] Numeric =
        [AlertKind.Drift, AlertKind.Missing, AlertKind.NotANumber, AlertKind.Infinite, AlertKind.OutOfRange, AlertKind.Constant];

    private static readonly AlertKind[] Categorical = [AlertKind.Drift, AlertKind.Missing, AlertKind.Unseen, AlertKind.Constant];

    /// <summary>What a feature is tested for.</summary>
    public static ReadOnlySpan<AlertKind> KindsOf(FeatureBaseline baseline) =>
        baseline.Kind == FeatureKind.Numeric ? Numeric : Categorical;

    /// <param name="exactUpTo">A p-value as large or larger may come out smaller than it is, but none smaller than this.</param>
    public static Finding Test(AlertKind kind, FeatureBaseline baseline, FeatureCounts counts, long leastCount, double exactUpTo = 1) => kind switch
    {
        AlertKind.Drift => Drift(baseline, counts.Bins, leastCount, exactUpTo),
        AlertKind.Missing => Share(baseline.Missing, baseline.Rows, counts.Missing, counts.Rows),
        AlertKind.NotANumber => Share(((NumericBaseline)baseline).Totals.NaN, baseline.Rows, counts.NaN, counts.Rows),
        AlertKind.Infinite => Share(((NumericBaseline)baseline).Totals.Infinite, baseline.Rows, counts.Infinite, counts.Rows),
        AlertKind.OutOfRange => OutOfRange((NumericBaseline)baseline, counts),
        AlertKind.Unseen => Share(baseline.Counts[^1], baseline.Binned, counts.Bins[^1], counts.Binned),
        AlertKind.Constant => Constant(baseline, counts),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>The distribution: any shape, and where values have an order, shift and scale; twice the smaller p-value.</summary>
    /// <param name="baseline">What the feature was like.</param>
    /// <param name="bins">What was seen of it.</param>
    /// <param name="leastCount">Fewest values to test.</param>
    /// <param name="exactUpTo">
    /// A p-value as large or larger may come out smaller than it is: where it does not matter, the likelihood ratios are not worked out.
    /// </param>
    /// <param name="inFull">
    /// Counts all rows, as if the window were new draws from what the baseline was drawn from. That holds its level for a baseline of any
    /// size, but not where the data is another part of the same limited data.
    /// </param>
    public static Finding Drift(FeatureBaseline baseline, ReadOnlySpan<long> bins, long leastCount, double exactUpTo = 1, bool inFull = false)
    {
        var law = baseline.Law;
        var n = Divergence.Total(bins);
        if (n < Math.Max(leastCount, law.LeastCount) || law.Weight < LeastRows)
            return Finding.None;

        var effective = inFull ? n : Math.Min(n, law.Weight * MostPart);
        double unit = (1 / effective) + (1 / law.Weight), scale = effective / n;
        var dispersion = baseline.Dispersion;
        Discrepancy shape = law.Shape(bins, scale), smooth = law.Smooth(bins, scale);
        var isOrdered = smooth.Degrees > 0 && shape.Degrees > 1;
        double shapeP = Tail(shape, unit, dispersion?.Shape, dispersion), smoothP = isOrdered ? Tail(smooth, unit, dispersion?.Smooth, dispersion) : 1;
        if (Smaller() < exactUpTo)
        {
            if (shapeP < Settled)
                shapeP = Math.Max(shapeP, Tail(law.ShapeByRatio(bins, scale), unit, dispersion?.Shape, dispersion));
            if (smoothP < Settled)
                smoothP = Math.Max(smoothP, Tail(law.SmoothByRatio(bins, scale), unit, dispersion?.Smooth, dispersion));
        }

        var effect = Excess(shape, unit, dispersion?.Shape);
        return new Finding(Smaller(), isOrdered ? Math.Max(effect, Excess(smooth, unit, dispersion?.Smooth)) : effect, n, true);

        double Smaller() => isOrdered ? Math.Min(1, 2 * Math.Min(shapeP, smoothP)) : shapeP;
    }

    /// <summary>Whether so many values count only as the part of the baseline that a window may be.</summary>
    public static bool CountsInPart(FeatureBaseline baseline, long count) => count > baseline.Law.Weight * MostPart;

    /// <summary>Natural logarithm of the evidence in all counts since the baseline was set.</summary>
    public static double LogE(FeatureBaseline baseline, ReadOnlySpan<long> bins)
    {
        var n = Divergence.Total(bins);
        if (n < LeastRows || baseline.Law.Weight < LeastRows)
            return 0;

        // Rows that depend on their past carry less evidence, by about the factor that blocks of them vary more.
        var scale = Math.Min(1, baseline.Law.Weight * MostPart / n) / (baseline.Dispersion?.Shape ?? 1);
        return baseline.Law.LogE(bins, scale);
    }

    private static double Tail(Discrepancy discrepancy, double unit, double? spread, Dispersion? dispersion)
    {
        if (discrepancy.Degrees == 0)
            return 1;

        var statistic = discrepancy.Value / unit / (spread ?? 1);
        return dispersion is null
            ? Statistics.Tail.ChiSquare(statistic, discrepancy.Degrees)
            : Statistics.Tail.ScaledChiSquare(statistic, discrepancy.Degrees, dispersion.Blocks - 1);
    }

    private static double Excess(Discrepancy discrepancy, double unit, double? spread) =>
        Math.Max(0, discrepancy.Value - (discrepancy.Degrees * (spread ?? 1) * unit));

    private static Finding Share(long referenceHits, long referenceCount, long hits, long count)
    {
        if (referenceCount == 0 || count == 0 || (count < LeastRows && hits < count))
            return Finding.None;

        var excess = (hits / (double)count) - (referenceHits / (double)referenceCount);
        return new Finding(ExactShareTest.Growth(referenceHits, referenceCount, hits, count), Math.Max(0, excess), count, true);
    }

    /// <summary>
    /// Of so many new values as many lie outside as would lie outside the two extremes of the baseline: one hit, by the law of
    /// order statistics, is exactly what the test must grant the baseline.
    /// </summary>
    private static Finding OutOfRange(NumericBaseline baseline, FeatureCounts counts)
    {
        var n = counts.Binned;
        if (n < LeastRows || baseline.Binned < LeastRows)
            return Finding.None;

        long outside = 0;
        for (var i = 0; i < counts.Bins.Length; i++)
            if (i < baseline.Bins.BelowRange || i >= baseline.Bins.AboveRange)
                outside += counts.Bins[i];
        var excess = (outside / (double)n) - (2.0 / (baseline.Binned + 1));
        return new Finding(ExactShareTest.Growth(1, baseline.Binned, outside, n), Math.Max(0, excess), n, true);
    }

    /// <summary>All values alike: as likely as the baseline's most frequent value makes it, times how many such values there may be.</summary>
    private static Finding Constant(FeatureBaseline baseline, FeatureCounts counts)
    {
        var n = counts.Binned;
        if (n < LeastRows || baseline.Binned < LeastRows)
            return Finding.None;

        var first = counts.Bins.AsSpan().IndexOfAnyExcept(0);
        var alike = baseline.Kind == FeatureKind.Numeric
            ? counts.Minimum == counts.Maximum
            : first < counts.Bins.Length - 1 && counts.Bins[first] == n;
        if (!alike)
            return new Finding(1, 0, n, true);

        var top = Math.Max(1, baseline.TopCount);
        var effective = Math.Min(n, Math.Max(LeastRows, (long)(baseline.Binned * MostPart)));
        var p = ExactShareTest.Growth(top, baseline.Binned, effective, effective) * baseline.Binned / top;
        return new Finding(Math.Min(1, p), 1 - (top / (double)baseline.Binned), n, true);
    }
}
