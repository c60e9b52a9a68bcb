namespace Serving.Sessions;

/// <summary>
/// Ends runs that take longer than the limit, so that a model that never comes back does not hold a session thread for good. The
/// runtime looks between two operators: a single operator that hangs cannot be ended.
/// </summary>
/// <remarks>A timer looks at all runs a few times within the limit, so that a run itself pays for nothing but two writes.</remarks>
internal sealed class RunWatch : IDisposable
{
    private readonly Lock gate = new();
    private readonly HashSet<WatchedRun> runs = [];
    private readonly TimeProvider clock;
    private readonly ITimer timer;

    /// <param name="limit">How long a run may take; it is ended within an eighth more.</param>
    /// <param name="clock">The time.</param>
    public RunWatch(TimeSpan limit, TimeProvider clock)
    {
        Limit = limit;
        this.clock = clock;
        timer = clock.CreateTimer(static state => ((RunWatch)state!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        timer.Change(limit / 8, Timeout.InfiniteTimeSpan);
    }

    public TimeSpan Limit { get; }

    public long Now => clock.GetTimestamp();

    public void Add(WatchedRun run)
    {
        lock (gate) runs.Add(run);
    }

    public void Remove(WatchedRun run)
    {
        lock (gate) runs.Remove(run);
    }

    public void Dispose() => timer.Dispose();

    private void Look()
    {
        lock (gate)
        {
            foreach (var run in runs)
                if (run.Began is var began and > 0 && clock.GetElapsedTime(began) >= Limit) run.End(began);
        }

        timer.Change(Limit / 8, Timeout.InfiniteTimeSpan);
    }
}
