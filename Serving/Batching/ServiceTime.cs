using System.Numerics;

namespace Serving.Batching;

/// <summary>
/// What a version's runs take, learned as they end: exponentially weighted means, in timestamp ticks. Also tells which batch size is
/// worth its wait: rows that run no faster together are better run apart, on several sessions and with less delay.
/// </summary>
internal sealed class ServiceTime
{
    private const double Weight = 0.1;

    /// <summary>A larger batch must save this share of the time per row.</summary>
    private const double WorthWhile = 0.1;

    /// <summary>Every so many choices twice the best size is tried, so that the judgement does not outlive its reasons.</summary>
    private const int Relearn = 128;

    /// <summary>A run almost always ends within its mean and this many mean deviations, as of round trips in TCP.</summary>
    private const double Deviations = 4;

    private readonly double[] perRow = new double[32];
    private double run;
    private double row;
    private double deviation;
    private int choices;

    private double Longer => 1 + Deviations * deviation;

    /// <summary>Mean ticks of a run; 0 before the first.</summary>
    public long Run => (long)run;

    /// <summary>Ticks until <paramref name="rows"/> rows have run, on <paramref name="instances"/> sessions side by side.</summary>
    public long Expected(long rows, int instances) => (long)(rows * row / instances);

    /// <summary>Ticks within which one run of that many rows almost always ends; 0 when no run is known.</summary>
    public long LongRunOf(int rows)
    {
        var known = perRow[BitOperations.Log2((uint)Math.Max(rows, 1))];
        return (long)((known == 0 ? run : known * rows) * Longer);
    }

    /// <summary>The most rows whose run almost always ends within that many ticks; 1 when none does, any when no run is known.</summary>
    public int RowsWithin(long ticks)
    {
        var within = ticks / Longer;
        long rows = int.MaxValue;
        for (var size = perRow.Length - 2; size >= 0; size--)
        {
            if (perRow[size] == 0) continue;
            var fitting = (long)(within / perRow[size]);
            if (fitting >= 1L << size) return (int)Math.Min(fitting, rows);
            rows = Math.Clamp(fitting, 1, (1L << size) - 1 | 1);
        }

        return (int)rows;
    }

    public void Learn(long ticks, int rows)
    {
        var each = (double)ticks / rows;
        if (run == 0) (run, row) = (ticks, each);
        run += Weight * (ticks - run);
        row += Weight * (each - row);
        ref var sized = ref perRow[BitOperations.Log2((uint)rows)];
        if (sized == 0) sized = each;
        deviation += Weight * (Math.Min(1, Math.Abs(each - sized) / sized) - deviation);
        sized += Weight * (each - sized);
    }

    /// <summary>
    /// How many of the rows that wait should run together: the smallest size, in powers of two, that nothing larger known beats by
    /// <see cref="WorthWhile"/>; all of them as long as too little is known.
    /// </summary>
    public int BestSize(int available)
    {
        if (available <= 1) return available;
        var largest = BitOperations.Log2((uint)available);
        var target = perRow[largest];
        if (target == 0) return available;
        for (var size = 0; size < largest; size++)
        {
            if (perRow[size] == 0 || perRow[size] * (1 - WorthWhile) > target) continue;
            return ++choices % Relearn == 0 ? 2 << size : 1 << size;
        }

        return available;
    }
}
