using Serving.Drift.Statistics;

namespace Serving.Tests.Drift.Reference;

/// <summary>Drift scores as other products compute them, on raw data; the anchors of the calibration table.</summary>
internal static class ProductRules
{
    /// <summary>Evidently's PSI and Jensen-Shannon distance (natural logarithm) for a numeric column.</summary>
    public static (double Psi, double JensenShannon) Evidently(double[] reference, double[] current)
    {
        var both = RawData.Sorted([.. reference, .. current]);
        var (r, c) = reference.Distinct().Count() > 20
            ? Histograms(reference, current, SturgesEdges(both))
            : PerValue(reference, current, [.. both.Distinct()]);
        return Evidently(r, c, reference.Length, current.Length);
    }

    /// <summary>The same on categories' counts.</summary>
    public static (double Psi, double JensenShannon) Evidently(long[] r, long[] c, int m, int n)
    {
        double[] p = RawData.Shares(r, m), q = RawData.Shares(c, n);
        var distance = RawData.JensenShannonDistance(p, q, 1);
        Fill(p);
        Fill(q);
        return (p.Zip(q, (a, b) => (a - b) * Math.Log(a / b)).Sum(), distance);
    }

    /// <summary>Evidently's automatic choice of test: its name, score, threshold, and whether it calls the column drifted.</summary>
    public static (string Method, double Score, double Threshold, bool Drifted) EvidentlyDefault(double[] reference, double[] current)
    {
        double[] r = RawData.Sorted(reference), c = RawData.Sorted(current);
        double[] values = [.. r.Concat(c).Distinct().Order()];
        if (values.Length <= 5)
        {
            var (p, q) = PerValue(reference, current, values);
            return EvidentlyCategorical(p, q, reference.Length, current.Length);
        }

        if (reference.Length <= 1000)
            return Verdict("ks", KolmogorovSmirnov.ExactP(r, c), 0.05, true);
        return Verdict("wasserstein", Wasserstein.Normed(reference, current), 0.1, false);
    }

    public static (string Method, double Score, double Threshold, bool Drifted) EvidentlyCategorical(long[] r, long[] c, int m, int n)
    {
        if (m > 1000)
            return Verdict("jensenshannon", Evidently(r, c, m, n).JensenShannon, 0.1, false);
        return r.Length <= 2
            ? Verdict("z", TwoProportions(r, c, m, n), 0.05, true)
            : Verdict("chisquare", OneSampleChiSquare(r, c, m, n), 0.05, true);
    }

    /// <summary>NannyML's Jensen-Shannon distance, base 2: Doane's bins of the reference and one more for what falls outside.</summary>
    public static double NannyMl(double[] reference, double[] current)
    {
        var (r, c) = Histograms(reference, current, DoaneEdges(reference));
        double[] p = RawData.Shares(r, reference.Length), q = RawData.Shares(c, current.Length);
        var left = current.Length - c.Sum();
        return left == 0
            ? RawData.JensenShannonDistance(p, q, Math.Log(2))
            : RawData.JensenShannonDistance([.. p, 0], [.. q, left / (double)current.Length], Math.Log(2));
    }

    /// <summary>Azure's PSI: equal-width bins over the joint range, one added to each count.</summary>
    public static double Azure(double[] reference, double[] current)
    {
        var bins = (int)Math.Ceiling(Math.Log2(Math.Min(reference.Length, current.Length)) + 1);
        double low = Math.Min(reference.Min(), current.Min()), high = Math.Max(reference.Max(), current.Max());
        if (low == high)
            return 0;

        var (r, c) = Histograms(reference, current, RawData.EqualWidthEdges(low, high, bins));
        double m = r.Sum() + bins, n = c.Sum() + bins, sum = 0;
        for (var i = 0; i < bins; i++)
            sum += (((r[i] + 1) / m) - ((c[i] + 1) / n)) * Math.Log((r[i] + 1) / m / ((c[i] + 1) / n));
        return sum;
    }

    /// <summary>Deequ's robust L-infinity distance, SageMaker's quiet mode.</summary>
    public static double DeequRobust(double[] sortedReference, double[] sortedCurrent)
    {
        double m = sortedReference.Length, n = sortedCurrent.Length;
        return Math.Max(0, KolmogorovSmirnov.Statistic(sortedReference, sortedCurrent) - (1.8 * Math.Sqrt((m + n) / (m * n))));
    }

    private static (string, double, double, bool) Verdict(string method, double score, double threshold, bool isProbability) =>
        (method, score, threshold, isProbability ? score < threshold : score >= threshold);

    private static double TwoProportions(long[] r, long[] c, int m, int n)
    {
        if (r.Length < 2)
            return 1;
        double a = r[0] / (double)m, b = c[0] / (double)n, pooled = (r[0] + c[0]) / (double)(m + n);
        var z = (a - b) / Math.Sqrt(pooled * (1 - pooled) * ((1.0 / m) + (1.0 / n)));
        return MathNet.Numerics.SpecialFunctions.Erfc(Math.Abs(z) / Math.Sqrt(2));
    }

    private static double OneSampleChiSquare(long[] r, long[] c, int m, int n)
    {
        double sum = 0;
        for (var i = 0; i < r.Length; i++)
        {
            var expected = r[i] * (double)n / m;
            sum += r[i] == 0 && c[i] == 0 ? 0 : (c[i] - expected) * (c[i] - expected) / expected;
        }

        return Tail.ChiSquare(sum, r.Length - 1);
    }

    /// <summary>An empty share becomes 1e-4, or a millionth of the smallest other one where that is at most 1e-4.</summary>
    private static void Fill(double[] shares)
    {
        var smallest = shares.Where(s => s > 0).Min();
        for (var i = 0; i < shares.Length; i++)
            if (shares[i] == 0)
                shares[i] = smallest > 1e-4 ? 1e-4 : smallest / 1e6;
    }

    private static (long[] Reference, long[] Current) Histograms(double[] reference, double[] current, double[] edges) =>
        (RawData.Histogram(reference, edges), RawData.Histogram(current, edges));

    private static (long[] Reference, long[] Current) PerValue(double[] reference, double[] current, double[] values) =>
        (Array.ConvertAll(values, v => reference.LongCount(x => x == v)), Array.ConvertAll(values, v => current.LongCount(x => x == v)));

    private static double[] SturgesEdges(double[] values) => Edges(values, Math.Log2(values.Length) + 1);

    /// <summary>From the values as they came: sums beyond 2^53 depend on the order.</summary>
    private static double[] DoaneEdges(double[] values)
    {
        double n = values.Length, deviation = RawData.PopulationDeviation(values);
        if (n <= 2 || deviation == 0)
            return Edges(values, double.PositiveInfinity);
        var mean = RawData.Mean(values);
        var skew = RawData.Mean(Array.ConvertAll(values, v => Math.Pow((v - mean) / deviation, 3)));
        var error = Math.Sqrt(6 * (n - 2) / ((n + 1) * (n + 3)));
        return Edges(values, 1 + Math.Log2(n) + Math.Log2(1 + (Math.Abs(skew) / error)));
    }

    /// <summary>NumPy's: as many bins as cover the range, each so many parts of it; one bin, half a unit to either side, for a constant.</summary>
    private static double[] Edges(double[] values, double parts)
    {
        double low = values.Min(), high = values.Max(), width = (high - low) / parts;
        if (low == high)
            return RawData.EqualWidthEdges(low - 0.5, high + 0.5, 1);
        return RawData.EqualWidthEdges(low, high, width > 0 ? (int)Math.Ceiling((high - low) / width) : 1);
    }
}
