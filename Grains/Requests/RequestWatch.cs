namespace Grains.Requests;

/// <summary>
/// Looks at everything that is under way, with one timer for all: has a silo been silent for too long, is a request to be woken. Stands
/// still while nothing is.
/// </summary>
internal sealed class RequestWatch
{
    /// <summary>Between two looks: by so much any time is late.</summary>
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(20);

    private readonly Lock gate = new();
    private readonly TimeProvider clock;
    private readonly ITimer timer;
    private RemoteRequest? first;
    private bool isRunning;

    public RequestWatch(TimeProvider clock)
    {
        this.clock = clock;
        timer = clock.CreateTimer(static watch => ((RequestWatch)watch!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Add(RemoteRequest request)
    {
        lock (gate)
        {
            request.Next = first;
            if (first is not null) first.Previous = request;
            first = request;
            if (isRunning) return;
            isRunning = true;
            timer.Change(Beat, Timeout.InfiniteTimeSpan);
        }
    }

    public void Remove(RemoteRequest request)
    {
        lock (gate)
        {
            if (request.Previous is { } before) before.Next = request.Next;
            else first = request.Next;
            if (request.Next is { } after) after.Previous = request.Previous;
        }
    }

    private void Look()
    {
        lock (gate)
        {
            if (first is null)
            {
                isRunning = false;
                return;
            }

            var now = clock.GetTimestamp();
            for (var request = first; request is not null; request = request.Next)
            {
                if (request.WakeAt <= now || request.Newest is { } newest && IsSilent(newest, now)) request.Wake(here: false);
            }

            timer.Change(Beat, Timeout.InfiniteTimeSpan);
        }
    }

    private static bool IsSilent(ReplicaTry one, long now)
    {
        one.Replica.Lane.Look(now);
        return one.Replica.Silo.Look(one.Began, now, one.Replica.Grain);
    }
}
