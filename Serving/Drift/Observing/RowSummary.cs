namespace Serving.Drift.Observing;

/// <summary>What is watched of a row too wide to watch each of its numbers.</summary>
internal struct RowSummary()
{
    private long count;
    private long zeros;
    private double squares;

    public double Mean { get; private set; }

    /// <summary>Population standard deviation.</summary>
    public readonly double Deviation => count == 0 ? 0 : Math.Sqrt(squares / count);

    public double Minimum { get; private set; } = double.PositiveInfinity;

    public double Maximum { get; private set; } = double.NegativeInfinity;

    /// <summary>Share of numbers that are zero.</summary>
    public readonly double Zeros => count == 0 ? 0 : (double)zeros / count;

    public void Add(double value)
    {
        count++;
        if (value == 0) zeros++;

        // Welford's: the plain sum of squares loses all digits where the mean is large.
        var from = value - Mean;
        Mean += from / count;
        squares += from * (value - Mean);
        Minimum = Math.Min(Minimum, value);
        Maximum = Math.Max(Maximum, value);
    }
}
