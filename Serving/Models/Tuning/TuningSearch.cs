namespace Serving.Models.Tuning;

/// <summary>
/// Looks for the setting with the most rows a second whose requests keep a latency objective.
/// </summary>
/// <remarks>
/// <para>A machine: its driver, <see cref="Tuner"/>, measures the trials that it asks for and tells it what came out.</para>
/// <para>Under load a request waits for the end of the run before its own, so a setting keeps the objective when two of its runs
/// do. For each division of the cores, one thread a run and a run for each core first, the rows of a run are doubled as long as
/// the objective is kept and twice as many rows bring anything: more rows never make a run shorter, and throughput over the rows has
/// one top. With no setting that keeps the objective, the one with the shortest run is taken.</para>
/// </remarks>
internal sealed class TuningSearch
{
    /// <summary>What twice the rows must bring; two sizes in a row that bring less end the doubling.</summary>
    private const double WorthWhile = 1.03;

    private readonly Queue<(int Threads, int Instances)> divisions = new();
    private readonly double objective;
    private readonly int maxRows;
    private (int Threads, int Instances) division;
    private int rows;
    private int idle;
    private double top;
    private bool began;

    /// <param name="cores">Cores to divide.</param>
    /// <param name="maxRows">Rows of a run at the most; at least 1.</param>
    /// <param name="objective">Seconds within which a request is to be answered.</param>
    public TuningSearch(int cores, int maxRows, double objective)
    {
        (this.maxRows, this.objective) = (Math.Max(1, maxRows), objective);
        for (var threads = 1; threads < cores; threads *= 2) divisions.Enqueue((threads, cores / threads));
        divisions.Enqueue((cores, 1));
    }

    /// <summary>The best so far; null before the first result.</summary>
    public TuningResult? Best { get; private set; }

    /// <summary>What to measure next; null when the search is over.</summary>
    public TuningTrial? Next()
    {
        if (!began || rows > maxRows || idle >= 2)
        {
            if (!divisions.TryDequeue(out division)) return null;
            (rows, idle, top, began) = (1, 0, 0, true);
        }

        return new TuningTrial(division.Threads, division.Instances, rows);
    }

    /// <summary>Takes what the trial given last came to.</summary>
    /// <param name="runSeconds">What one run took.</param>
    /// <param name="rowsPerSecond">Rows a second of all instances together.</param>
    public void Learn(double runSeconds, double rowsPerSecond)
    {
        var result = new TuningResult(new TuningTrial(division.Threads, division.Instances, rows), runSeconds, rowsPerSecond, 2 * runSeconds <= objective);
        if (Best is null || IsBetter(result, Best)) Best = result;
        idle = !result.KeepsObjective ? 2 : rowsPerSecond > top * WorthWhile ? 0 : idle + 1;
        top = Math.Max(top, rowsPerSecond);
        rows = rows == maxRows ? maxRows + 1 : Math.Min(rows * 2, maxRows);
    }

    private static bool IsBetter(TuningResult one, TuningResult other) =>
        one.KeepsObjective != other.KeepsObjective ? one.KeepsObjective
        : one.KeepsObjective ? one.RowsPerSecond > other.RowsPerSecond * WorthWhile
        : one.RunSeconds < other.RunSeconds;
}
