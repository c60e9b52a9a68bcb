namespace Serving.Batching;

/// <summary>Calls back once at the earliest of the times it was set to. Called under its owner's lock, except that it rings under none.</summary>
internal sealed class Alarm : IDisposable
{
    private readonly TimeProvider clock;
    private readonly ITimer timer;
    private long setFor = long.MaxValue;

    public Alarm(TimeProvider clock, Action ring)
    {
        this.clock = clock;
        timer = clock.CreateTimer(static state => ((Action)state!)(), ring, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Rings no later than <paramref name="time"/>; earlier settings stand.</summary>
    public void Set(long now, long time)
    {
        if (time >= setFor) return;
        setFor = time;
        var wait = TimeSpan.FromSeconds((double)Math.Max(time - now, 0) / clock.TimestampFrequency);
        // Timers count in whole milliseconds; rounded up, so that the time has come when it rings.
        timer.Change(TimeSpan.FromMilliseconds(Math.Min(Math.Ceiling(wait.TotalMilliseconds), int.MaxValue)), Timeout.InfiniteTimeSpan);
    }

    /// <summary>It has rung: no setting stands.</summary>
    public void Clear() => setFor = long.MaxValue;

    public void Dispose() => timer.Dispose();
}
