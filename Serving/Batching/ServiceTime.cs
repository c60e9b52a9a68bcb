namespace Serving.Batching;

/// <summary>What a version's runs take, learned as they end: exponentially weighted means, in timestamp ticks.</summary>
internal sealed class ServiceTime
{
    private const double Weight = 0.1;
    private double run;
    private double row;

    /// <summary>Mean ticks of a run; 0 before the first.</summary>
    public long Run => (long)run;

    /// <summary>Ticks until <paramref name="rows"/> rows have run, on <paramref name="instances"/> sessions side by side.</summary>
    public long Expected(long rows, int instances) => (long)(rows * row / instances);

    public void Learn(long ticks, int rows)
    {
        var perRow = (double)ticks / rows;
        if (run == 0) (run, row) = (ticks, perRow);
        run += Weight * (ticks - run);
        row += Weight * (perRow - row);
    }
}
