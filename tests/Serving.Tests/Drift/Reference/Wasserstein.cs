namespace Serving.Tests.Drift.Reference;

/// <summary>The Wasserstein-1 distance of two samples: the area between their distribution functions.</summary>
internal static class Wasserstein
{
    public static double Distance(double[] sortedReference, double[] sortedCurrent)
    {
        var all = RawData.Sorted([.. sortedReference, .. sortedCurrent]);
        double area = 0;
        for (var i = 1; i < all.Length; i++)
        {
            var difference = (RawData.CountAtMost(sortedReference, all[i - 1]) / (double)sortedReference.Length)
                - (RawData.CountAtMost(sortedCurrent, all[i - 1]) / (double)sortedCurrent.Length);
            area += Math.Abs(difference) * (all[i] - all[i - 1]);
        }

        return area;
    }

    /// <summary>Over the baseline's standard deviation, which counts as at least 0.001. As they came: sums beyond 2^53 depend on the order.</summary>
    public static double Normed(double[] reference, double[] current) =>
        Distance(RawData.Sorted(reference), RawData.Sorted(current)) / Math.Max(RawData.PopulationDeviation(reference), 0.001);
}
