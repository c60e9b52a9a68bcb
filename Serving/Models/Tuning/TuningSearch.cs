namespace Serving.Models.Tuning;

/// <summary>
/// Looks for the setting with the most rows a second whose requests keep a latency objective.
/// </summary>
/// <remarks>
/// <para>A machine: its driver, <see cref="Tuner"/>, measures the trials that it asks for and tells it what came out.</para>
/// <para>First it explores. For each division of the cores, one thread a run and a run for each core first, the rows of a run are
/// doubled as long as the objective is kept and twice as many rows bring anything: more rows never make a run shorter, and
/// throughput over the rows has one top. Whatever else the machine does only makes a trial worse, so one that disappoints is
/// repeated once, and the better of the two counts.</para>
/// <para>Then the settings that came near the top meet in a final, in turns, so that each sees the same disturbances; every other turn the
/// worse half of them goes. Medians decide it. Of settings that come to about the same, the one that answers soonest is taken;
/// with no setting that keeps the objective, the one that answers soonest of all.</para>
/// </remarks>
internal sealed class TuningSearch
{
    /// <summary>What twice the rows must bring; three sizes in a row that bring less end the doubling.</summary>
    private const double WorthWhile = 1.02;

    /// <summary>Of the most rows a second seen, what a finalist has at the least.</summary>
    private const double Near = 0.8;

    private const int MostFinalists = 6;
    private const int Turns = 8;
    private const int MostIdle = 3;

    private readonly Queue<(int Threads, int Instances)> divisions = new();
    private readonly List<TuningCandidate> candidates = [];
    private readonly double objective;
    private readonly int maxRows;
    private (int Threads, int Instances) division;
    private TuningCandidate? current;
    private TuningCandidate[]? finalists;
    private int rows = int.MaxValue;
    private int idle;
    private double top;
    private int turn;
    private int place;

    /// <param name="cores">Cores to divide.</param>
    /// <param name="maxRows">Rows of a run at the most; at least 1.</param>
    /// <param name="objective">Seconds within which a request is to be answered.</param>
    public TuningSearch(int cores, int maxRows, double objective)
    {
        (this.maxRows, this.objective) = (Math.Max(1, maxRows), objective);
        for (var threads = 1; threads < cores; threads *= 2)
        {
            divisions.Enqueue((threads, cores / threads));
            divisions.Enqueue((threads, cores / threads / 2));
        }

        divisions.Enqueue((cores, 1));
    }

    /// <summary>The best so far; null before the first result.</summary>
    public TuningResult? Best
    {
        get
        {
            var known = Ranked(finalists ?? candidates.Where(c => c.Explored > 0));
            if (known is not [var best, ..]) return null;
            if (Keeps(best)) best = known.Where(c => Keeps(c) && c.Measure.RowsPerSecond * WorthWhile >= best.Measure.RowsPerSecond).MinBy(c => c.Measure.LatencySeconds)!;
            return new TuningResult(best.Trial, best.Measure, Keeps(best));
        }
    }

    /// <summary>What to measure next; null when the search is over.</summary>
    public TuningTrial? Next()
    {
        if (finalists is null && Explore() is { } trial) return trial;
        finalists ??= Finalists();
        return finalists.Length < 2 || turn == Turns ? null : finalists[place].Trial;
    }

    /// <summary>Takes what the trial given last came to.</summary>
    public void Learn(TrialMeasure measure)
    {
        if (finalists is null) LearnExploring(measure);
        else LearnDeciding(finalists, measure);
    }

    private TuningTrial? Explore()
    {
        if (current is not null) return current.Trial;
        if (rows > maxRows || idle >= MostIdle)
        {
            if (!divisions.TryDequeue(out division)) return null;
            (rows, idle, top) = (1, 0, 0);
        }

        candidates.Add(current = new TuningCandidate(new TuningTrial(division.Threads, division.Instances, rows)));
        return current.Trial;
    }

    private void LearnExploring(TrialMeasure measure)
    {
        current!.Explore(measure);
        var gains = current.Measure.RowsPerSecond > top * WorthWhile;
        if (!(Keeps(current) && gains) && current.Explored == 1 && measure.LatencySeconds < 2 * objective) return;
        idle = !Keeps(current) ? MostIdle : gains ? 0 : idle + 1;
        top = Math.Max(top, current.Measure.RowsPerSecond);
        rows = rows == maxRows ? int.MaxValue : (int)Math.Min(rows * 2L, maxRows);
        current = null;
    }

    private void LearnDeciding(TuningCandidate[] meeting, TrialMeasure measure)
    {
        meeting[place++].Decide(measure);
        if (place < meeting.Length) return;
        (place, turn) = (0, turn + 1);
        if (turn % 2 == 0) finalists = [.. Ranked(meeting).Take(Math.Max(2, (meeting.Length + 1) / 2))];
        else Array.Reverse(meeting);
    }

    private TuningCandidate[] Finalists()
    {
        var ranked = Ranked(candidates);
        var near = Keeps(ranked[0])
            ? ranked.Where(c => Keeps(c) && c.Measure.RowsPerSecond >= Near * ranked[0].Measure.RowsPerSecond)
            : ranked.Where(c => c.Measure.LatencySeconds * Near <= ranked[0].Measure.LatencySeconds);
        return [.. near.Take(MostFinalists)];
    }

    /// <summary>Those that keep the objective first, by rows a second; then the others, by how soon they answer.</summary>
    private TuningCandidate[] Ranked(IEnumerable<TuningCandidate> known) =>
        [.. known.OrderByDescending(Keeps).ThenBy(c => Keeps(c) ? -c.Measure.RowsPerSecond : 0).ThenBy(c => c.Measure.LatencySeconds)];

    private bool Keeps(TuningCandidate candidate) => candidate.Measure.LatencySeconds <= objective;
}
