namespace Serving.Drift.Statistics;

/// <summary>
/// An estimate of the Wasserstein-1 distance from counts: the area between the two distribution functions, each known at the bins'
/// edges and taken as straight between them. Shown, not tested: its law depends on the distribution.
/// </summary>
internal static class BinnedWasserstein
{
    /// <param name="edges">Ascending interior edges, shared by both.</param>
    public static double Distance(
        double[] edges,
        ReadOnlySpan<long> reference,
        double referenceMinimum,
        double referenceMaximum,
        ReadOnlySpan<long> current,
        double currentMinimum,
        double currentMaximum)
    {
        double m = Divergence.Total(reference), n = Divergence.Total(current);
        double low = Math.Min(referenceMinimum, currentMinimum), high = Math.Max(referenceMaximum, currentMaximum);
        double area = 0, previous = low, gap = 0;
        long r = 0, c = 0;
        for (var i = 0; i <= edges.Length; i++)
        {
            r += reference[i];
            c += current[i];
            var edge = i == edges.Length ? high : Math.Clamp(edges[i], low, high);
            var next = (r / m) - (c / n);
            area += (edge - previous) * Between(gap, next);
            (previous, gap) = (edge, next);
        }

        return area;
    }

    /// <summary>The mean of |x| on the straight line from one difference to the next.</summary>
    private static double Between(double from, double to) => from * to >= 0
        ? (Math.Abs(from) + Math.Abs(to)) / 2
        : ((from * from) + (to * to)) / (2 * (Math.Abs(from) + Math.Abs(to)));
}
