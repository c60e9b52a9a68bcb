namespace Serving.Tests.Drift.Reference;

/// <summary>What the raw-data rules share. Nothing of this is in the product, which never keeps raw rows.</summary>
internal static class RawData
{
    public static double[] Sorted(double[] values)
    {
        var sorted = (double[])values.Clone();
        Array.Sort(sorted);
        return sorted;
    }

    public static double Mean(double[] values) => PairwiseSum(values) / values.Length;

    public static double PopulationVariance(double[] values)
    {
        var mean = Mean(values);
        return PairwiseSum(Array.ConvertAll(values, v => (v - mean) * (v - mean))) / values.Length;
    }

    /// <summary>The root of the variance, also where the squares themselves would overflow.</summary>
    public static double PopulationDeviation(double[] values)
    {
        var mean = Mean(values);
        var largest = values.Max(v => Math.Abs(v - mean));
        return largest < 1e150
            ? Math.Sqrt(PopulationVariance(values))
            : largest * Math.Sqrt(PairwiseSum(Array.ConvertAll(values, v => (v - mean) / largest * ((v - mean) / largest))) / values.Length);
    }

    /// <summary>Adds as NumPy does, in eight lanes and halves, so that values beyond 2^53 round alike.</summary>
    private static double PairwiseSum(ReadOnlySpan<double> values)
    {
        if (values.Length > 128)
        {
            var half = values.Length / 2 / 8 * 8;
            return PairwiseSum(values[..half]) + PairwiseSum(values[half..]);
        }

        double sum = 0;
        var even = values.Length / 8 * 8;
        if (even > 0)
        {
            Span<double> lanes = stackalloc double[8];
            for (var i = 0; i < even; i++)
                lanes[i % 8] += values[i];
            sum = ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
        }

        for (var i = even; i < values.Length; i++)
            sum += values[i];
        return sum;
    }

    /// <summary>How many of the sorted values are at most <paramref name="value"/>.</summary>
    public static int CountAtMost(double[] sorted, double value)
    {
        int low = 0, high = sorted.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (sorted[middle] <= value)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>Equal-width edges as NumPy makes them: start + i * step, the last one set to the end.</summary>
    public static double[] EqualWidthEdges(double start, double end, int bins)
    {
        var edges = new double[bins + 1];
        var step = (end - start) / bins;
        for (var i = 0; i < bins; i++)
            edges[i] = start + (i * step);
        edges[bins] = end;
        return edges;
    }

    /// <summary>NumPy's histogram: bins closed on the left, the last one on both sides; values outside are not counted.</summary>
    public static long[] Histogram(double[] values, double[] edges)
    {
        var counts = new long[edges.Length - 1];
        foreach (var value in values)
        {
            if (!(value >= edges[0]) || value > edges[^1])
                continue;
            counts[Math.Min(CountAtMost(edges, value) - 1, counts.Length - 1)]++;
        }

        return counts;
    }

    public static double[] Shares(long[] counts, double total) => Array.ConvertAll(counts, c => c / total);

    /// <summary>Jensen-Shannon distance in the given base; a share of zero adds nothing.</summary>
    public static double JensenShannonDistance(double[] p, double[] q, double logBase)
    {
        double pSum = p.Sum(), qSum = q.Sum(), sum = 0;
        for (var i = 0; i < p.Length; i++)
        {
            double a = p[i] / pSum, b = q[i] / qSum, middle = (a + b) / 2;
            sum += (a == 0 ? 0 : a * Math.Log(a / middle)) + (b == 0 ? 0 : b * Math.Log(b / middle));
        }

        return Math.Sqrt(Math.Max(0, sum / 2 / logBase));
    }
}
