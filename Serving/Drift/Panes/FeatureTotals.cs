namespace Serving.Drift.Panes;

/// <summary>
/// What was seen of one feature beside its bins: whole numbers, and extremes. Adding two of them is exact, in any order and any
/// grouping, to the last bit; that is why the sums are fixed-point integers and not doubles.
/// </summary>
internal abstract class FeatureTotals
{
    /// <summary>Fixed-point fraction bits of a value in units of the baseline's interquartile range.</summary>
    private const double One = 1 << 20;

    /// <summary>Values further out than this many units / 2^20 count as this far, so that squares cannot overflow.</summary>
    private const double Limit = 1L << 46;

    public long Missing { get; private set; }

    public long NaN { get; private set; }

    public long Infinite { get; private set; }

    /// <summary>Of the finite values; +infinity without any.</summary>
    public double Minimum { get; private set; } = double.PositiveInfinity;

    /// <summary>Of the finite values; -infinity without any.</summary>
    public double Maximum { get; private set; } = double.NegativeInfinity;

    /// <summary>Sum of <c>round((x - center) / unit * 2^20)</c>.</summary>
    public Int128 Sum { get; private set; }

    /// <summary>Sum of the squares of the same.</summary>
    public Int128 Squares { get; private set; }

    /// <summary>How many values are in bins.</summary>
    public long Binned { get; private set; }

    /// <summary>How many rows were seen, with a value or without.</summary>
    public long Rows => Binned + Missing + NaN + Infinite;

    public void AddMissing() => Missing++;

    public void AddBin(int bin)
    {
        AddToBin(bin);
        Binned++;
    }

    public void AddNumber(double value, double[] edges, double center, double inverseUnit)
    {
        if (!double.IsFinite(value))
        {
            if (double.IsNaN(value))
                NaN++;
            else
                Infinite++;
            return;
        }

        if (value == 0)
            value = 0; // Not the negative one: which of two equal zeros is the minimum would depend on their order.
        AddBin(Statistics.Bins.IndexOf(edges, value));
        if (value < Minimum)
            Minimum = value;
        if (value > Maximum)
            Maximum = value;
        var scaled = (long)Math.Clamp(Math.Round((value - center) * inverseUnit * One), -Limit, Limit);
        Sum += scaled;
        Squares += Math.BigMul(scaled, scaled);
    }

    /// <summary>Mean and population standard deviation of the finite values, in the feature's own unit.</summary>
    public (double Mean, double Deviation) Moments(double center, double unit)
    {
        double n = Binned, mean = (double)Sum / n, variance = ((double)Squares / n) - (mean * mean);
        return n == 0 ? (double.NaN, double.NaN) : (center + (mean / One * unit), Math.Sqrt(Math.Max(0, variance)) / One * unit);
    }

    /// <summary>Sets the extremes anew: those of what a sum no longer holds cannot be taken out of it.</summary>
    public void Bound(double minimum, double maximum) => (Minimum, Maximum) = (minimum, maximum);

    protected abstract void AddToBin(int bin);

    protected void AddTotals(FeatureTotals other)
    {
        Binned += other.Binned;
        Missing += other.Missing;
        NaN += other.NaN;
        Infinite += other.Infinite;
        Minimum = Math.Min(Minimum, other.Minimum);
        Maximum = Math.Max(Maximum, other.Maximum);
        Sum += other.Sum;
        Squares += other.Squares;
    }

    /// <summary>Takes out what was added, but for its extremes, which stay.</summary>
    protected void SubtractTotals(FeatureTotals before)
    {
        Binned -= before.Binned;
        Missing -= before.Missing;
        NaN -= before.NaN;
        Infinite -= before.Infinite;
        Sum -= before.Sum;
        Squares -= before.Squares;
    }

    protected void Write(StateWriter state, ReadOnlySpan<long> bins)
    {
        state.Write(bins);
        state.Write(Missing);
        state.Write(NaN);
        state.Write(Infinite);
        state.Write(Minimum);
        state.Write(Maximum);
        state.Write(Sum);
        state.Write(Squares);
    }

    /// <summary>Reads what follows the bins, which are summed up.</summary>
    protected void ReadTotals(ref StateReader state, ReadOnlySpan<long> bins)
    {
        Binned = Statistics.Divergence.Total(bins);
        Missing = state.ReadCount();
        NaN = state.ReadCount();
        Infinite = state.ReadCount();
        Minimum = state.ReadDouble();
        Maximum = state.ReadDouble();
        Sum = state.ReadInt128();
        Squares = state.ReadInt128();
    }
}
