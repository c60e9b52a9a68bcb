using Orleans.Runtime;

namespace Grains.Routing;

/// <summary>A silo as the route table knows it. Touched in the grain's turns only.</summary>
internal sealed class RouteSubscriber(SiloAddress silo)
{
    private readonly List<(long Goal, TaskCompletionSource Reached)> waiting = [];

    public SiloAddress Silo { get; } = silo;

    public IRouteObserver? Observer { get; set; }

    public SiloReport? Report { get; set; }

    /// <summary>When it last asked, as a timestamp.</summary>
    public long SeenAt { get; set; }

    /// <summary>The version that its requests go by, as far as it has said.</summary>
    public long Confirmed { get; private set; }

    /// <summary>It has brought the rows that it had when this life of the table began.</summary>
    public bool HasOffered { get; set; }

    public bool IsPushing { get; set; }

    /// <summary>Versions go back when the silo lost its copy: it may have been asleep, and must confirm anew.</summary>
    public void Confirm(long version)
    {
        Confirmed = version;
        for (var i = waiting.Count - 1; i >= 0; i--)
        {
            if (waiting[i].Goal > version) continue;
            waiting[i].Reached.TrySetResult();
            waiting.RemoveAt(i);
        }
    }

    public Task WhenAtAsync(long goal)
    {
        if (Confirmed >= goal) return Task.CompletedTask;
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        waiting.Add((goal, reached));
        return reached.Task;
    }
}
