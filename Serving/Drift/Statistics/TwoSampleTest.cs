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

        var sum = new Sum(m, n, ratio);
        double pooledReference = 0, pooledCurrent = 0;
        var smallest = (Expected: double.PositiveInfinity, Index: -1);
        var least = leastExpected * (m + n) / Math.Min(m, n);
        for (var i = 0; i < reference.Length; i++)
        {
            var c = current[i] * scale;
            var both = reference[i] + c;
            if (both == 0)
                continue;
            if (both < least)
            {
                pooledReference += reference[i];
                pooledCurrent += c;
                continue;
            }

            sum.Add(reference[i], c);
            if (both < smallest.Expected)
                smallest = (both, i);
        }

        var pooled = pooledReference + pooledCurrent;
        if (pooled > 0 && pooled < least && smallest.Index >= 0)
        {
            // The rare ones are too few even together: they join the smallest of the others.
            var c = current[smallest.Index] * scale;
            sum.Remove(reference[smallest.Index], c);
            pooledReference += reference[smallest.Index];
            pooledCurrent += c;
        }

        if (pooled > 0)
            sum.Add(pooledReference, pooledCurrent);
        return sum.Result();
    }

    private struct Sum(double m, double n, bool ratio)
    {
        private readonly double perReference = 1 / m;
        private readonly double perCurrent = 1 / n;
        private readonly double perBoth = 1 / (m + n);
        private double total;
        private int bins;

        public void Add(double reference, double current)
        {
            total += Part(reference, current);
            bins++;
        }

        public void Remove(double reference, double current)
        {
            total -= Part(reference, current);
            bins--;
        }

        public readonly Discrepancy Result() => new(Math.Max(0, ratio ? total * 2 * (m + n) / (m * n) : total), bins - 1);

        private readonly double Part(double reference, double current)
        {
            var share = (reference + current) * perBoth;
            if (ratio)
                return Ratio(current, n * share) + Ratio(reference, m * share);
            var difference = (current * perCurrent) - (reference * perReference);
            return difference * difference / share;
        }

        private static double Ratio(double count, double expected) => count == 0 ? 0 : count * Math.Log(count / expected);
    }
}
