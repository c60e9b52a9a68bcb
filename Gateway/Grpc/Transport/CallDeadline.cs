namespace Gateway.Grpc.Transport;

/// <summary>The end of a call's time: cancels its token then, or before when the caller goes away.</summary>
internal sealed class CallDeadline : IDisposable
{
    /// <summary>The longest time that a timer can count; what is later is no deadline.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(45);

    private readonly TimeProvider clock;
    private readonly TimeSpan timeout;
    private readonly long arrived;
    private readonly CancellationTokenSource source;
    private readonly CancellationToken callerGone;
    private readonly CancellationTokenRegistration gone;

    public CallDeadline(TimeSpan timeout, TimeProvider clock, CancellationToken callerGone)
    {
        (this.timeout, this.clock, arrived) = (timeout, clock, clock.GetTimestamp());
        source = new CancellationTokenSource(timeout, clock);
        this.callerGone = callerGone;
        gone = callerGone.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), source);
    }

    public CancellationToken Token => source.Token;

    /// <summary>
    /// The time is up, and the caller was there until then. Asks the timer, whose clock is coarser than <see cref="Left"/>'s.
    /// </summary>
    public bool Passed => source.IsCancellationRequested && !callerGone.IsCancellationRequested;

    /// <summary>Not negative.</summary>
    public TimeSpan Left
    {
        get
        {
            var left = timeout - clock.GetElapsedTime(arrived);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    public void Dispose()
    {
        // First the registration: the callback must not meet a disposed source.
        gone.Dispose();
        source.Dispose();
    }
}
