namespace Serving.Drift.Statistics;

/// <summary>
/// Bins whose edges are order statistics of the baseline. For continuous data the true masses of such bins are exactly
/// Dirichlet(alpha), whatever the distribution, so the law of a window's counts is known in closed form and holds the
/// baseline's own sampling error: no other binning offers that.
/// </summary>
/// <remarks>
/// With m baseline values and B bins the edges are the values of rank <c>floor(j (m + 1) / B)</c>, and alpha, the differences of
/// those ranks, adds up to m + 1. The variance unit of both statistics is <c>1/n + 1/(m + 1)</c>.
/// </remarks>
internal sealed class OrderStatisticLaw
{
    private readonly double[] shares;
    private readonly double[] linear;
    private readonly double[] quadratic;

    public OrderStatisticLaw(double[] edges, long[] alpha)
    {
        Edges = edges;
        Alpha = alpha;
        shares = new double[alpha.Length];
        linear = new double[alpha.Length];
        quadratic = new double[alpha.Length];
        Weight = Divergence.Total(alpha);
        double below = 0;
        for (var j = 0; j < alpha.Length; j++)
        {
            shares[j] = alpha[j] / (double)Weight;
            var u = below + (shares[j] / 2) - 0.5;
            linear[j] = Math.Sqrt(12) * u;
            quadratic[j] = Math.Sqrt(5) * ((6 * u * u) - 0.5);
            below += shares[j];
        }
    }

    public double[] Edges { get; }

    public long[] Alpha { get; }

    /// <summary>The sum of alpha, m + 1.</summary>
    public long Weight { get; }

    /// <param name="sorted">Ascending, finite, at least <paramref name="bins"/> values.</param>
    public static OrderStatisticLaw FromSorted(ReadOnlySpan<double> sorted, int bins)
    {
        var edges = new double[bins - 1];
        var alpha = new long[bins];
        long previous = 0;
        for (var j = 1; j < bins; j++)
        {
            var rank = Rank(sorted.Length, j, bins);
            edges[j - 1] = sorted[(int)rank - 1];
            alpha[j - 1] = rank - previous;
            previous = rank;
        }

        alpha[bins - 1] = sorted.Length + 1 - previous;
        return new OrderStatisticLaw(edges, alpha);
    }

    /// <summary>The rank, from 1, of the j-th edge.</summary>
    public static long Rank(long count, int j, int bins) => j * (count + 1) / bins;

    /// <summary>The same law over groups of neighbouring bins.</summary>
    public OrderStatisticLaw Coarsen(int factor)
    {
        var bins = Alpha.Length / factor;
        var edges = new double[bins - 1];
        for (var j = 1; j < bins; j++)
            edges[j - 1] = Edges[(j * factor) - 1];
        return new OrderStatisticLaw(edges, Sum(Alpha, factor));
    }

    /// <summary>Adds neighbouring counts, <paramref name="factor"/> at a time.</summary>
    public static long[] Sum(ReadOnlySpan<long> counts, int factor)
    {
        var sums = new long[counts.Length / factor];
        for (var i = 0; i < counts.Length; i++)
            sums[i / factor] += counts[i];
        return sums;
    }

    /// <summary>Any difference of shape, B - 1 degrees.</summary>
    public Discrepancy AnyShape(ReadOnlySpan<long> counts)
    {
        double n = Divergence.Total(counts), sum = 0;
        if (n == 0)
            return default;

        for (var j = 0; j < counts.Length; j++)
        {
            var difference = (counts[j] / n) - shares[j];
            sum += difference * difference / shares[j];
        }

        return new Discrepancy(sum, counts.Length - 1);
    }

    /// <summary>
    /// A shift or a change of scale, 2 degrees: Neyman's smooth test of order two on the bins' mid-ranks. Far stronger than
    /// <see cref="AnyShape"/> for the two changes that happen most.
    /// </summary>
    public Discrepancy Smooth(ReadOnlySpan<long> counts)
    {
        var (first, second) = Scores(counts);
        return double.IsNaN(first) ? default : new Discrepancy((first * first) + (second * second), 2);
    }

    /// <summary>The same as a likelihood ratio, for the far tail.</summary>
    public Discrepancy SmoothByRatio(ReadOnlySpan<long> counts)
    {
        var (first, second) = Scores(counts);
        return double.IsNaN(first) ? default : new Discrepancy(2 * Tilt.Information(shares, linear, quadratic, first, second), 2);
    }

    /// <summary>The mean scores of the counts.</summary>
    private (double First, double Second) Scores(ReadOnlySpan<long> counts)
    {
        double n = Divergence.Total(counts), first = 0, second = 0;
        for (var j = 0; j < counts.Length; j++)
        {
            first += counts[j] * linear[j];
            second += counts[j] * quadratic[j];
        }

        return (first / n, second / n);
    }
}
