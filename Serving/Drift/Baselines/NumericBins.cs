using Serving.Drift.Laws;
using Serving.Drift.Statistics;

namespace Serving.Drift.Baselines;

/// <summary>How a numeric feature is binned: the accumulator's edges and which of them mean what.</summary>
internal sealed class NumericBins
{
    /// <summary>Below this many values the forty order statistics are too few apart to carry a law.</summary>
    public const int LeastForOrderLaw = 400;

    /// <param name="edges">All edges, ascending.</param>
    /// <param name="deciles">Edges of the bins that distances are shown on; among <paramref name="edges"/>.</param>
    /// <param name="ranks">The 39 order statistics; among <paramref name="edges"/>; empty for atoms and small baselines.</param>
    /// <param name="center">What exact sums are taken from: the median.</param>
    /// <param name="unit">What exact sums are counted in: the interquartile range; positive.</param>
    public NumericBins(double[] edges, double[] deciles, double[] ranks, double minimum, double maximum, double center, double unit)
    {
        Edges = edges;
        Deciles = deciles;
        Ranks = ranks;
        Minimum = minimum;
        Maximum = maximum;
        Center = center;
        Unit = unit;
        BelowRange = Statistics.Bins.IndexOf(edges, minimum);
        AboveRange = Statistics.Bins.IndexOf(edges, maximum) + 1;
    }

    public double[] Edges { get; }

    public double[] Deciles { get; }

    public double[] Ranks { get; }

    public double Minimum { get; }

    public double Maximum { get; }

    public double Center { get; }

    public double Unit { get; }

    /// <summary>Bins with a smaller index lie below the baseline's minimum.</summary>
    public int BelowRange { get; }

    /// <summary>Bins from this index on lie above the baseline's maximum.</summary>
    public int AboveRange { get; }

    /// <param name="sorted">The finite values, or a uniform sample of them, ascending.</param>
    /// <param name="minimum">Of all finite values.</param>
    /// <param name="maximum">Of all finite values.</param>
    /// <param name="total">How many finite values there are in all.</param>
    public static NumericBins Choose(ReadOnlySpan<double> sorted, double minimum, double maximum, long total)
    {
        if (sorted.Length == 0)
            return new NumericBins([], [], [], double.PositiveInfinity, double.NegativeInfinity, 0, 1);

        // Nothing lies below the lowest double, so an edge there would be idle, and JSON has no infinity.
        var deciles = Array.FindAll(QuantileBins.AtomAwareDeciles(sorted), double.IsFinite);
        var all = new SortedSet<double>(deciles) { maximum };
        if (minimum > double.MinValue)
            all.Add(Math.BitDecrement(minimum));
        var ranks = ChooseRanks(sorted, total);
        for (var j = 1; j < ContinuousLaw.Bins; j++)
            all.Add(sorted[(int)Math.Max(0, OrderStatisticLaw.Rank(sorted.Length, j, ContinuousLaw.Bins) - 1)]);

        var unit = Quantiles.Linear(sorted, 0.75) - Quantiles.Linear(sorted, 0.25);
        if (!(unit > 0 && double.IsFinite(unit)))
            unit = maximum > minimum && double.IsFinite(maximum - minimum) ? maximum - minimum : 1;
        return new NumericBins([.. all], deciles, ranks, minimum, maximum, Quantiles.Linear(sorted, 0.5), unit);
    }

    /// <summary>The order-statistic law of these counts; null for atoms and small baselines.</summary>
    public OrderStatisticLaw? OrderLaw(long[] counts)
    {
        if (Ranks.Length == 0)
            return null;

        var alpha = Grouping.ByEdges(Edges, Ranks).Sum(counts);
        alpha[^1]++;
        return alpha.Min() == 0 ? null : new OrderStatisticLaw(Ranks, alpha);
    }

    /// <summary>
    /// The forty order statistics, or nothing where ties are too many for their law: where the share of values equal to one of
    /// them is more than a twentieth of <c>1 / sqrt(total)</c>, the scale of the baseline's own noise.
    /// </summary>
    private static double[] ChooseRanks(ReadOnlySpan<double> sorted, long total)
    {
        if (sorted.Length < LeastForOrderLaw)
            return [];

        var edges = OrderStatisticLaw.FromSorted(sorted, ContinuousLaw.Bins).Edges;
        foreach (var edge in edges)
        {
            var ties = Count(sorted, edge) - 1;
            if (ties > 0 && ties > 0.05 * sorted.Length / Math.Sqrt(total))
                return [];
        }

        return edges;
    }

    private static int Count(ReadOnlySpan<double> sorted, double value)
    {
        int first = sorted.BinarySearch(value), last = first;
        while (first > 0 && sorted[first - 1] == value)
            first--;
        while (last < sorted.Length - 1 && sorted[last + 1] == value)
            last++;
        return last - first + 1;
    }
}
