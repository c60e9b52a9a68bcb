using Grains.Routing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Grains.Hosting;

/// <summary>
/// A silo's orderly way out: before anything stops it says that it is leaving, and stays until its replicas stand elsewhere and no silo
/// sends requests here any more. Only then the web server and the silo stop, each letting what is under way end.
/// </summary>
internal sealed class Leave(
    IGrainFactory grains, ILocalSiloDetails silo, ModelHost host, RouteFeed feed, SiloServingOptions options, IOptions<ClusterMembershipOptions> membership,
    TimeProvider clock, ILogger<Leave> log)
    : IHostedLifecycleService
{
    /// <summary>
    /// How long membership is tried to be told of each of the two or three steps of leaving. A joining silo has minutes, and Orleans gives a
    /// leaving one the same: one whose Redis is away, or has lost its data, would not end. The others find out by their probes.
    /// </summary>
    private static readonly TimeSpan TellPatience = TimeSpan.FromSeconds(5);

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return;
        host.IsLeaving = true;
        feed.IsLeaving = true;
        membership.Value.MaxJoinAttemptTime = TellPatience;
        try
        {
            await HandOverAsync(cancellationToken).WaitAsync(options.Serving.DrainTimeout, clock, cancellationToken);
        }
        catch (Exception late) when (late is TimeoutException or OperationCanceledException or OrleansException)
        {
            ClusterLog.LeftEarly(log, feed.ReplicasOn(silo.SiloAddress));
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<bool> HasHeirAsync()
    {
        var silos = await grains.GetGrain<IRouteTable>(0).GetSilos();
        return silos is null || silos.Any(s => s is { MemoryBudget: > 0, IsLeaving: false } && !s.Silo.Equals(silo.SiloAddress));
    }

    private async Task HandOverAsync(CancellationToken cancellationToken)
    {
        await feed.AskAsync();

        // Where all leave at one time, nobody takes over, and nobody waits for it.
        while ((feed.ReplicasOn(silo.SiloAddress) > 0 || host.MemoryUsed > 0) && await HasHeirAsync())
            await Task.Delay(TimeSpan.FromMilliseconds(100), clock, cancellationToken);
    }
}
