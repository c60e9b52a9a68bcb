namespace Serving.Drift.Statistics;

/// <summary>
/// The two-sample chi-square: both histograms are samples, so the baseline's own sampling error is part of the law. Taking the
/// baseline as exact instead alarms on 24 % of quiet windows at a nominal 5 % (three categories, 1,000 against 1,000).
/// </summary>
internal static class TwoSampleTest
{
    /// <summary>Least expected count, in the smaller sample, of a bin that is tested on its own.</summary>
    public const double LeastExpected = 5;

    /// <summary>Compares two histograms over the same bins.</summary>
    /// <param name="reference">Counts of the baseline.</param>
    /// <param name="current">Counts of the window, each taken times <paramref name="scale"/>.</param>
    /// <param name="scale">1, or less when the window is to count as a smaller one.</param>
    /// <param name="leastExpected">
    /// Bins with a smaller expected count are pooled. What is rare is decided by the sum of both samples: deciding by the
    /// baseline alone selects the bins that the baseline happens to underrate, and alarms on them.
    /// </param>
    public static Discrepancy Compare(
        ReadOnlySpan<long> reference, ReadOnlySpan<long> current, double scale = 1, double leastExpected = 0) =>
        Compare(reference, current, scale, leastExpected, ratio: false);

    /// <summary>
    /// The same as a likelihood ratio, which is right far out in the tail, where Pearson's form is too eager as soon as a bin
    /// expects only a few.
    /// </summary>
    public static Discrepancy CompareByRatio(
        ReadOnlySpan<long> reference, ReadOnlySpan<long> current, double scale = 1, double leastExpected = 0) =>
        Compare(reference, current, scale, leastExpected, ratio: true);

    private static Discrepancy Compare(
        ReadOnlySpan<long> reference, ReadOnlySpan<long> current, double scale, double leastExpected, bool ratio)
    {
        double m = Divergence.Total(reference), n = Divergence.Total(current) * scale;
        if (m <= 0 || n <= 0)
            return default;

        double total = 0, pooledReference = 0, pooledCurrent = 0, smallest = double.PositiveInfinity;
        double perReference = 1 / m, perCurrent = 1 / n, perBoth = 1 / (m + n), least = leastExpected * (m + n) / Math.Min(m, n);
        int bins = 0, smallestBin = -1;
        for (var i = 0; i < reference.Length; i++)
        {
            double r = reference[i], c = current[i] * scale, both = r + c;
            if (both < least || both == 0)
            {
                pooledReference += r;
                pooledCurrent += c;
                continue;
            }

            total += Part(r, c);
            bins++;
            if (both < smallest)
                (smallest, smallestBin) = (both, i);
        }

        var pooled = pooledReference + pooledCurrent;
        if (pooled > 0 && pooled < least && smallestBin >= 0)
        {
            // The rare ones are too few even together: they join the smallest of the others.
            double r = reference[smallestBin], c = current[smallestBin] * scale;
            total -= Part(r, c);
            bins--;
            pooledReference += r;
            pooledCurrent += c;
        }

        if (pooled > 0)
        {
            total += Part(pooledReference, pooledCurrent);
            bins++;
        }

        return new Discrepancy(Math.Max(0, ratio ? total * 2 * (m + n) / (m * n) : total * (m + n)), bins - 1);

        double Part(double r, double c)
        {
            if (!ratio)
            {
                var difference = (c * perCurrent) - (r * perReference);
                return difference * difference / (r + c);
            }

            var share = (r + c) * perBoth;
            return Ratio(c, n * share) + Ratio(r, m * share);
        }
    }

    private static double Ratio(double count, double expected) => count == 0 ? 0 : count * Math.Log(count / expected);
}
