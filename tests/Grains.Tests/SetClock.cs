namespace Grains.Tests;

/// <summary>A clock whose time of day stands still until it is set. Timers and time-outs run as ever: the cluster lives by them.</summary>
internal sealed class SetClock(DateTimeOffset now) : TimeProvider
{
    private long ticks = now.UtcTicks;

    public override DateTimeOffset GetUtcNow() => new(Volatile.Read(ref ticks), TimeSpan.Zero);

    public void Advance(TimeSpan time) => Interlocked.Add(ref ticks, time.Ticks);
}
