namespace Serving.Tests.Fakes;

/// <summary>A clock that a test moves. Timers fire, on the test's thread, when the time that they wait for is reached.</summary>
internal sealed class SteppedTime : TimeProvider
{
    private readonly List<SteppedTimer> timers = [];
    private long now = 1_000_000;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref now);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SteppedTimer(this, callback, state);
        lock (timers) timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    public void Step(TimeSpan by)
    {
        Interlocked.Add(ref now, by.Ticks);
        SteppedTimer[] due;
        lock (timers) due = timers.Where(t => t.Due <= now).ToArray();
        foreach (var timer in due) timer.Fire();
    }

    private sealed class SteppedTimer(SteppedTime clock, TimerCallback callback, object? state) : ITimer
    {
        public long Due { get; private set; } = long.MaxValue;

        public void Fire()
        {
            Due = long.MaxValue;
            callback(state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime == Timeout.InfiniteTimeSpan ? long.MaxValue : clock.GetTimestamp() + dueTime.Ticks;
            return true;
        }

        public void Dispose()
        {
            lock (clock.timers) clock.timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
