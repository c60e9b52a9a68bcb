using Serving.Drift.Statistics;

namespace Serving.Drift.Baselines;

/// <summary>
/// Counts the values of one numeric feature into bins chosen beforehand. The bins come from all values, or from a sample of them
/// (<see cref="ColumnSample"/>); the counts are of all values either way, so the law of the tests is exact either way.
/// </summary>
internal sealed class NumericBuilder
{
    private readonly string name;
    private readonly NumericBins bins;
    private readonly double frequent;
    private readonly long[] counts;
    private readonly BlockCounts? blocks;
    private long missing;
    private long notANumber;
    private long infinite;
    private long topCount;
    private double sum;
    private double squares;

    /// <param name="frequent">The value that seems to occur most.</param>
    /// <param name="blocks">How many blocks of rows in time order to tell apart, 0 when their order is unknown.</param>
    /// <param name="rows">How many rows will come.</param>
    public NumericBuilder(string name, NumericBins bins, double frequent, int blocks, long rows)
    {
        this.name = name;
        this.bins = bins;
        this.frequent = frequent;
        counts = new long[bins.Edges.Length + 1];
        this.blocks = blocks > 0 ? new BlockCounts(blocks, counts.Length, rows) : null;
    }

    /// <summary>One pass over values at hand. NaN and infinities are counted apart.</summary>
    public static NumericBaseline Build(string name, ReadOnlySpan<double> values, long missing = 0, bool inTimeOrder = false)
    {
        var sorted = new double[values.Length];
        var finite = 0;
        foreach (var value in values)
            if (double.IsFinite(value))
                sorted[finite++] = value;
        var span = sorted.AsSpan(0, finite);
        span.Sort();

        var bins = finite == 0 ? NumericBins.Choose([], 0, 0, 0) : NumericBins.Choose(span, span[0], span[^1], finite);
        var builder = new NumericBuilder(
            name, bins, ColumnSample.MostFrequent(span), inTimeOrder ? Dispersion.BlocksFor(values.Length) : 0, values.Length);
        foreach (var value in values)
            builder.Add(value);
        builder.missing = missing;
        return builder.Build();
    }

    public void Add(double value)
    {
        if (double.IsNaN(value))
        {
            notANumber++;
            blocks?.Skip();
            return;
        }

        if (double.IsInfinity(value))
        {
            infinite++;
            blocks?.Skip();
            return;
        }

        var bin = Bins.IndexOf(bins.Edges, value);
        counts[bin]++;
        blocks?.Add(bin);
        if (value == frequent)
            topCount++;
        var offset = (value / bins.Unit) - (bins.Center / bins.Unit);
        sum += offset;
        squares += offset * offset;
    }

    public void AddMissing()
    {
        missing++;
        blocks?.Skip();
    }

    public NumericBaseline Build()
    {
        var binned = Divergence.Total(counts);
        var mean = binned == 0 ? 0 : sum / binned;
        var variance = binned == 0 ? 0 : Math.Max(0, (squares / binned) - (mean * mean));
        var totals = new NumericTotals(missing, notANumber, infinite, Math.Max(topCount, binned == 0 ? 0 : 1),
            Finite(bins.Center + (mean * bins.Unit)), Finite(Math.Sqrt(variance) * bins.Unit));
        var plain = new NumericBaseline(name, bins, totals, counts, null);
        return blocks?.Disperse(plain) is { } dispersion ? new NumericBaseline(name, bins, totals, counts, dispersion) : plain;
    }

    private static double Finite(double value) => double.IsNaN(value) ? 0 : Math.Clamp(value, double.MinValue, double.MaxValue);
}
