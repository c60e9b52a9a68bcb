using Orleans.Runtime;

namespace Grains.Hosting;

/// <summary>Something that a silo does again and again while it is active. One turn ends before the next begins.</summary>
internal abstract class SiloChore(TimeSpan every, TimeProvider clock) : ILifecycleParticipant<ISiloLifecycle>
{
    private readonly CancellationTokenSource stopping = new();
    private Task running = Task.CompletedTask;

    protected TimeProvider Clock => clock;

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(GetType().Name, ServiceLifecycleStage.Active, StartAsync, StopAsync);

    /// <summary>One turn. What it throws ends the chore, and shows when the silo stops.</summary>
    protected abstract Task DoAsync();

    /// <summary>What is still to be done once there will be no more turns, by a silo that ends in order.</summary>
    protected virtual Task EndAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private Task StartAsync(CancellationToken cancellationToken)
    {
        running = Task.Run(RunAsync, cancellationToken);
        return Task.CompletedTask;
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        await running;
        if (!cancellationToken.IsCancellationRequested) await EndAsync(cancellationToken);
    }

    private async Task RunAsync()
    {
        using var ticks = new PeriodicTimer(every, clock);
        try
        {
            while (await ticks.WaitForNextTickAsync(stopping.Token)) await DoAsync();
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }
    }
}
