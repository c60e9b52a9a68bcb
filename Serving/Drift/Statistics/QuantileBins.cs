namespace Serving.Drift.Statistics;

/// <summary>Interior edges of the ten quantile bins that PSI, Jensen-Shannon and Hellinger are shown on.</summary>
internal static class QuantileBins
{
    private const int Bins = 10;

    /// <summary>The nine interior deciles of the reference, ascending, duplicates removed.</summary>
    /// <param name="sorted">At least one value, ascending, all finite.</param>
    public static double[] Deciles(ReadOnlySpan<double> sorted)
    {
        var edges = new SortedSet<double>();
        for (var j = 1; j < Bins; j++)
            edges.Add(Quantiles.Linear(sorted, j / (double)Bins));
        return [.. edges];
    }

    /// <summary>
    /// The deciles, with a bin of its own for every value that occurs twice among the quantiles 0, 0.1 .. 1. Without those bins
    /// an atom shares its bin with everything below it, and may move down unseen.
    /// </summary>
    /// <param name="sorted">At least one value, ascending, all finite.</param>
    public static double[] AtomAwareDeciles(ReadOnlySpan<double> sorted)
    {
        var edges = new SortedSet<double>();
        var previous = double.NaN;
        for (var j = 0; j <= Bins; j++)
        {
            var quantile = Quantiles.Linear(sorted, j / (double)Bins);
            if (j > 0 && j < Bins)
                edges.Add(quantile);
            if (quantile == previous)
            {
                edges.Add(Math.BitDecrement(quantile));
                edges.Add(quantile);
            }

            previous = quantile;
        }

        return [.. edges];
    }
}
