namespace Serving.Drift.Baselines;

/// <summary>
/// A uniform sample of a column of unknown length in bounded memory (reservoir sampling), with its exact range. Up to
/// <see cref="Capacity"/> values it holds them all, and bins chosen from it equal those chosen from the column.
/// </summary>
/// <remarks>
/// Which rows are kept does not depend on their values, so the edges are still order statistics of the whole column, only of
/// random rank: counted exactly in a second pass, their law is the same. A quantile sketch would lose that.
/// </remarks>
internal sealed class ColumnSample(int capacity, int seed)
{
    public const int Capacity = 65_536;

    private ulong state = (ulong)seed;
    private double[] values = [];

    public long Count { get; private set; }

    public double Minimum { get; private set; } = double.PositiveInfinity;

    public double Maximum { get; private set; } = double.NegativeInfinity;

    /// <param name="value">Finite.</param>
    public void Add(double value)
    {
        if (value < Minimum)
            Minimum = value;
        if (value > Maximum)
            Maximum = value;
        if (Count < capacity)
        {
            if (Count == values.Length)
                Array.Resize(ref values, Math.Min(capacity, Math.Max(256, values.Length * 2)));
            values[Count] = value;
        }
        else if (Place(Count + 1) is var place && place < capacity)
        {
            values[place] = value;
        }

        Count++;
    }

    /// <summary>The sample, ascending. Nothing may be added afterwards.</summary>
    public ReadOnlySpan<double> Sort()
    {
        var span = values.AsSpan(0, (int)Math.Min(Count, capacity));
        span.Sort();
        return span;
    }

    /// <summary>A place below the limit, all equally likely (splitmix64): a few operations, where a seeded Random takes fifty.</summary>
    private long Place(long limit)
    {
        state += 0x9E3779B97F4A7C15;
        var mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (long)Math.BigMul(mixed ^ (mixed >> 31), (ulong)limit, out _);
    }

    /// <summary>The value with the longest run; NaN, which equals nothing, when there is none.</summary>
    public static double MostFrequent(ReadOnlySpan<double> sorted)
    {
        var best = double.NaN;
        int longest = 0, run = 0;
        for (var i = 0; i < sorted.Length; i++)
        {
            run = i > 0 && sorted[i] == sorted[i - 1] ? run + 1 : 1;
            if (run > longest)
                (longest, best) = (run, sorted[i]);
        }

        return best;
    }
}
