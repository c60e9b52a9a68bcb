namespace Serving.Batching;

/// <summary>
/// One version's runs: which are under way, what they take, and when the next one is to begin.
/// </summary>
/// <remarks>
/// A machine like <see cref="BatchQueue"/>, whose driver <see cref="BatchLoop"/> calls both under one lock. A run goes its way in
/// steps: it is called (a session thread is to come for it), it begins (it takes what waits by then) or is given up, and it ends.
/// </remarks>
internal sealed class Runs
{
    /// <summary>A run that has taken this many times what a quick one may is not quick.</summary>
    private const int Stuck = 25;

    private readonly BatchingOptions options;
    private readonly QuickRuns quick;
    private readonly long inlineLimit;
    private readonly int instances;

    /// <summary>Those included that were called and have not begun.</summary>
    private int underWay;
    private int called;
    private long lastBegun;

    public Runs(BatchingOptions options, long ticksPerSecond)
    {
        this.options = options;
        inlineLimit = (long)(options.InlineLimit.TotalSeconds * ticksPerSecond);
        quick = new QuickRuns(inlineLimit);
        Service = new ServiceTime(ticksPerSecond);

        // One run at a time is what keeps answers in the order of their requests.
        instances = options.PreserveOrdering ? 1 : options.Instances;
    }

    /// <summary>What runs take.</summary>
    public ServiceTime Service { get; }

    /// <summary>None is under way or called.</summary>
    public bool AreNone => underWay == 0;

    /// <summary>Ticks until that many rows have run, and what runs now, as far as is known.</summary>
    public long ExpectedWait(int rows)
    {
        var ahead = underWay < instances ? 0 : Service.Run / 2 / instances;
        return rows == 0 ? ahead : ahead + Service.Expected(rows, instances);
    }

    /// <summary>
    /// When the next run is to begin of what waits now: a time not after <paramref name="now"/> for at once,
    /// <see cref="long.MaxValue"/> for not before something ends or comes.
    /// </summary>
    public long NextAt(BatchQueue queue, long now)
    {
        if (MayCall(queue, now)) return queue.DueAt(now);
        return underWay < instances && called == 0 && queue.Requests > 0 ? Math.Max(queue.DueAt(now), lastBegun + Stuck * inlineLimit) : long.MaxValue;
    }

    /// <summary>
    /// A run is quick, and requests come so seldom that the session threads sleep between them. Run one by one on the few threads that
    /// read the sockets, requests that come fast would never meet in the queue; and reading many, running many and answering many costs
    /// less than doing all three with each, because the processor keeps the code at hand.
    /// </summary>
    public bool IsLone(BatchQueue queue, int rows) =>
        quick.Are(rows) && queue.MeanGap > Math.Max(2 * Service.UsualRunOf(rows), inlineLimit / 2);

    /// <summary>Takes runs of one row for quick until one is not.</summary>
    public void ExpectQuick() => quick.Expect();

    public void Call()
    {
        underWay++;
        called++;
    }

    public void Begin(long now)
    {
        called--;
        lastBegun = now;
    }

    /// <summary>What was called has nothing to run by now.</summary>
    public void GiveUp()
    {
        called--;
        underWay--;
    }

    public void End(long ticks, int rows)
    {
        underWay--;
        Service.Learn(ticks, rows);
        quick.Learn(ticks, rows);
    }

    /// <summary>
    /// A session is free, and more waits than those that were called will take. Beside a quick run, another one must be worth it: its
    /// requests would join the next batch in less time than it takes to call a thread. A run that should be quick and does not end is
    /// waited for no longer.
    /// </summary>
    private bool MayCall(BatchQueue queue, long now)
    {
        if (underWay == 0) return true;
        if (underWay >= instances) return false;
        var waiting = options.Dynamic ? queue.Rows : queue.Requests;
        var usual = Service.UsualRunOf(options.Dynamic ? waiting : 1);
        var worthwhile = options.Dynamic ? Service.BestSize(Math.Max(options.MaxBatchSize, 1)) : IsQuick(usual) ? Answers.Share : 1;
        if (called > 0) return waiting > called * worthwhile;
        return waiting >= worthwhile || !IsQuick(usual) || IsLone(queue, queue.Rows) || now >= lastBegun + Stuck * inlineLimit;
    }

    /// <summary>A run so short that calling a thread for it costs as much.</summary>
    private bool IsQuick(long run) => run < inlineLimit;
}
