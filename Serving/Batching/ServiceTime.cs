using System.Numerics;

namespace Serving.Batching;

/// <summary>
/// What a version's runs take, learned as they end, in timestamp ticks. Also tells which batch size is worth its wait: rows that run
/// no faster together are better run apart, on several sessions and with less delay.
/// </summary>
/// <remarks>
/// Kept for one row and for each doubling; between two of those the time rises evenly. So a run that costs something once and
/// something for each row is known as it is, and so is one whose rows get dearer where a cache ends.
/// </remarks>
/// <param name="ticksPerSecond">Timestamp ticks in a second.</param>
internal sealed class ServiceTime(long ticksPerSecond)
{
    private const int Sizes = 31;
    private const double Weight = 0.1;

    /// <summary>One run changes what is known of its size by no more than this share of it: the machine does other things too.</summary>
    private const double MostSurprise = 0.5;

    /// <summary>A larger batch must save this share of the time per row.</summary>
    private const double WorthWhile = 0.1;

    /// <summary>
    /// Every so many choices the next smaller or larger size is tried, so that the judgement does not outlive its reasons: as often the one as
    /// the other, and only smaller ones where no more wait than run together.
    /// </summary>
    private const int TrySmaller = 32;
    private const int TryLarger = 64;

    /// <summary>
    /// What is known of a size gets less sure by this with every run of another size, in variances of a run: as much as makes a size that is
    /// always run learn by <see cref="Weight"/>. It is a Kalman filter of one value.
    /// </summary>
    private const double Drift = Weight * Weight / (1 - Weight);

    /// <summary>A run almost always ends within what is known and this many mean deviations, as of round trips in TCP.</summary>
    private const double Deviations = 4;

    /// <summary>
    /// What the slowest run took longer than usual is expected again, up to this many times the usual, and less so the longer ago that was:
    /// about the most of the last minutes of running. It is the machine that makes runs slow, and that by time, not by runs.
    /// As long as nothing is known, some are expected too.
    /// </summary>
    private const double MostExcess = 8;
    private const double FirstExcess = 3;
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(5);

    /// <summary>Ticks of a run of 1, 2, 4 … rows; 0 where none near is known.</summary>
    private readonly double[] sized = new double[Sizes];

    /// <summary>How unsure each size was when a run last told of it, and which run that was.</summary>
    private readonly double[] doubts = [.. Enumerable.Repeat(1.0, Sizes)];
    private readonly long[] learnedAt = new long[Sizes];
    private readonly double memory = Memory.TotalSeconds * ticksPerSecond;
    private double run;
    private double row;
    private double deviation;
    private double excess = FirstExcess;
    private long learned;
    private int choices;

    /// <summary>Mean ticks of a run; 0 before the first.</summary>
    public long Run => (long)run;

    /// <summary>What a run may take of what it usually takes.</summary>
    private double Steady => 1 + Deviations * deviation;

    /// <summary>Ticks until <paramref name="rows"/> rows have run, on <paramref name="instances"/> sessions side by side.</summary>
    public long Expected(long rows, int instances) => (long)(rows * row / instances);

    /// <summary>Ticks that a run of that many rows usually takes; 0 when no run is known.</summary>
    public long UsualRunOf(int rows) => (long)Usual(rows);

    /// <summary>
    /// Ticks to leave for a run of that many rows, so that it almost always ends in time; 0 when no run is known. For what happens seldom
    /// no more than half of the time is left: else few could ever wait once a run was slow.
    /// </summary>
    /// <param name="rows">Of the run.</param>
    /// <param name="time">Ticks that there are for the wait and the run.</param>
    public long RoomFor(int rows, long time)
    {
        var usual = Usual(rows);
        return (long)Math.Max(usual * Steady, Math.Min(usual * (1 + excess), time / 2.0));
    }

    /// <summary>
    /// The most rows, up to <paramref name="limit"/>, whose run ends within that many ticks, what happens seldom aside
    /// (<see cref="RoomFor"/> has left room for it); 1 when none does.
    /// </summary>
    public int RowsWithin(long ticks, int limit)
    {
        var within = ticks / Steady;
        if (limit <= 1 || Usual(limit) <= within) return limit;
        var (fits, more) = (1, limit);
        while (more - fits > 1)
        {
            var middle = fits + (more - fits) / 2;
            if (Usual(middle) <= within) fits = middle;
            else more = middle;
        }

        return fits;
    }

    public void Learn(long ticks, int rows)
    {
        ticks = Math.Max(ticks, 1);
        var each = (double)ticks / rows;
        if (run == 0) (run, row) = (ticks, each);
        run += Weight * (ticks - run);
        row += Weight * (each - row);

        var (below, share) = Between(rows);
        if (sized[below] == 0) sized[below] = each * (1 << below);
        if (share > 0 && sized[below + 1] == 0) sized[below + 1] = each * (2 << below);
        var usual = Usual(rows);
        var surprise = ticks / usual - 1;
        deviation += Weight * (Math.Min(1, Math.Abs(surprise)) - deviation);
        excess = Math.Max(excess * Math.Max(0, 1 - ticks / memory), Math.Min(surprise, MostExcess));

        // Both neighbours move, each as much as it counts for this size, so that together they move by what is gained from this run.
        learned++;
        var change = Math.Clamp(surprise, -MostSurprise, MostSurprise) / ((1 - share) * (1 - share) + share * share);
        sized[below] *= 1 + Gain(below, 1 - share) * change * (1 - share);
        if (share > 0) sized[below + 1] *= 1 + Gain(below + 1, share) * change * share;
    }

    /// <summary>
    /// How many of the rows that wait should run together: the smallest size, in powers of two, that nothing else known beats by
    /// <see cref="WorthWhile"/>; all of them as long as too little is known.
    /// </summary>
    public int BestSize(int available)
    {
        if (available <= 1) return available;
        var largest = BitOperations.Log2((uint)available);
        if (sized[largest] == 0) return available;
        var least = double.MaxValue;
        for (var size = 0; size <= largest; size++)
            if (sized[size] > 0) least = Math.Min(least, sized[size] / (1 << size));
        for (var size = 0; size < largest; size++)
            if (sized[size] > 0 && sized[size] / (1 << size) * (1 - WorthWhile) <= least) return 1 << size;
        return available;
    }

    /// <summary>As <see cref="BestSize"/>, for a batch that is made now: every so often fewer or more, to learn what those take.</summary>
    public int NextSize(int available)
    {
        var best = BestSize(available);
        choices++;
        if (choices % TryLarger == 0 && best < available) return Math.Min(2 * best, available);
        return choices % TrySmaller == 0 && best > 1 ? 1 << BitOperations.Log2((uint)best - 1) : best;
    }

    /// <summary>
    /// How far a size is to move towards the run that has just ended and that told of it by that share: the further, the longer ago that
    /// another did.
    /// </summary>
    private double Gain(int size, double share)
    {
        var doubt = doubts[size] + Drift * (learned - learnedAt[size]);
        var gain = doubt / (doubt + 1);
        doubts[size] = doubt + share * (gain - doubt);
        learnedAt[size] = learned;
        return gain;
    }

    private double Usual(int rows)
    {
        var (below, share) = Between(rows);
        var above = share > 0 ? below + 1 : below;
        while (below >= 0 && sized[below] == 0) below--;
        while (above < Sizes && sized[above] == 0) above++;
        if (below < 0) return above < Sizes ? sized[above] : 0;
        if (above == Sizes) return sized[below] / (1 << below) * rows;
        return above == below ? sized[below] : sized[below] + (sized[above] - sized[below]) * (rows - (1 << below)) / ((1 << above) - (1 << below));
    }

    /// <summary>The power of two that is not above, and how far it is from there to the next.</summary>
    private static (int Below, double Share) Between(int rows)
    {
        var below = Math.Min(BitOperations.Log2((uint)Math.Max(rows, 1)), Sizes - 2);
        return (below, (double)(Math.Max(rows, 1) - (1 << below)) / (1 << below));
    }
}
