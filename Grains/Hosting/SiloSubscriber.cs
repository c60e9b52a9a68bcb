using Orleans.Runtime;

namespace Grains.Hosting;

/// <summary>A silo as somebody knows it who spreads something to all silos. Touched in a grain's turns only.</summary>
internal class SiloSubscriber(SiloAddress silo)
{
    private readonly List<(long Goal, TaskCompletionSource Reached)> waiting = [];

    public SiloAddress Silo { get; } = silo;

    /// <summary>What its requests go by, as far as it has said.</summary>
    public long Confirmed { get; private set; }

    /// <summary>Numbers go back when the silo lost its copy: it may have been asleep, and must confirm anew.</summary>
    public void Confirm(long number)
    {
        Confirmed = number;
        for (var i = waiting.Count - 1; i >= 0; i--)
        {
            if (waiting[i].Goal > number) continue;
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
