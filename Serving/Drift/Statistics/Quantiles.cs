namespace Serving.Drift.Statistics;

/// <summary>Sample quantiles, interpolated linearly between order statistics, equal to NumPy's default to the last bit.</summary>
internal static class Quantiles
{
    /// <param name="sorted">At least one value, ascending, all finite.</param>
    /// <param name="share">0 gives the minimum, 1 the maximum.</param>
    public static double Linear(ReadOnlySpan<double> sorted, double share)
    {
        var position = (sorted.Length - 1) * share;
        var below = (int)Math.Floor(position);
        var above = Math.Min(below + 1, sorted.Length - 1);
        return Interpolate(sorted[below], sorted[above], position - below);
    }

    /// <summary>
    /// Walks from the nearer end: only so the result never passes the far end by a rounding error, and only so the edges are
    /// bit-equal to those of other tools that read the same baseline.
    /// </summary>
    public static double Interpolate(double low, double high, double t) =>
        t < 0.5 ? low + ((high - low) * t) : high - ((high - low) * (1 - t));
}
