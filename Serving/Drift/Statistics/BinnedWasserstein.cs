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

    /// <summary>
    /// About what the distance is on average when nothing has changed: at each value the two distribution functions differ by a normal
    /// error of variance <c>F (1 - F) (1/m + 1/n)</c>.
    /// </summary>
    /// <param name="edges">Ascending interior edges.</param>
    public static double NullDistance(double[] edges, ReadOnlySpan<long> reference, double minimum, double maximum, double currentCount)
    {
        double m = Divergence.Total(reference), area = 0, previous = minimum, spread = 0;
        long r = 0;
        for (var i = 0; i <= edges.Length; i++)
        {
            r += reference[i];
            var edge = i == edges.Length ? maximum : Math.Clamp(edges[i], minimum, maximum);
            var next = Math.Sqrt(r / m * (1 - (r / m)));
            area += (edge - previous) * (spread + next) / 2;
            (previous, spread) = (edge, next);
        }

        return area * Math.Sqrt(2 / Math.PI * ((1 / m) + (1 / currentCount)));
    }

    /// <summary>The mean of |x| on the straight line from one difference to the next.</summary>
    private static double Between(double from, double to) => from * to >= 0
        ? (Math.Abs(from) + Math.Abs(to)) / 2
        : ((from * from) + (to * to)) / (2 * (Math.Abs(from) + Math.Abs(to)));
}
