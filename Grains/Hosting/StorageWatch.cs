using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Grains.Hosting;

/// <summary>Reads the membership table every two seconds, for <see cref="StorageHealth"/> to judge, and says what changed.</summary>
internal sealed class StorageWatch(IMembershipTable table, ILocalSiloDetails silo, StorageHealth health, TimeProvider clock, ILogger<StorageWatch> log)
    : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource stopping = new();
    private Task running = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(StorageWatch), ServiceLifecycleStage.Active, StartAsync, StopAsync);

    private Task StartAsync(CancellationToken cancellationToken)
    {
        running = Task.Run(RunAsync, cancellationToken);
        return Task.CompletedTask;
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        await running;
    }

    private async Task RunAsync()
    {
        using var ticks = new PeriodicTimer(Every, clock);
        try
        {
            while (await ticks.WaitForNextTickAsync(stopping.Token)) await LookAsync();
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }
    }

    private async Task LookAsync()
    {
        try
        {
            var all = await table.ReadAll();
            if (!health.Seen(all.Version.Version, all.Members.Any(m => m.Item1.SiloAddress.Equals(silo.SiloAddress)))) return;
            if (health.State == StorageState.Lost) ClusterLog.StorageLost(log);
            else ClusterLog.StorageBack(log);
        }
        catch (Exception away)
        {
            // Whatever the driver throws: it could not be read.
            if (health.Missed()) ClusterLog.StorageAway(log, away.Message);
        }
    }
}
