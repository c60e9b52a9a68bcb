using Grains.Models;
using Grains.Replicas;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Grains.Hosting;

/// <summary>Tells the models' grains which of their replicas this silo has dropped, after the replica itself has let go of its name.</summary>
internal sealed class DropNotice(ModelHost host, IGrainFactory grains, ILocalSiloDetails silo, ILogger<DropNotice> log)
    : ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(nameof(DropNotice), ServiceLifecycleStage.Active, Begin);

    private Task Begin(CancellationToken cancellationToken)
    {
        host.OnDropped = replica => _ = TellAsync(replica);
        return Task.CompletedTask;
    }

    private async Task TellAsync(ReplicaKey replica)
    {
        try
        {
            await grains.GetGrain<IModelReplica>(replica.ToString()).Unload().ConfigureAwait(false);
            await grains.GetGrain<IModelGrain>(replica.Model).Dropped(replica.Version, replica.Ordinal, silo.SiloAddress).ConfigureAwait(false);
        }
        catch (Exception lost) when (ClusterFault.Is(lost))
        {
            // Requests that go there find nothing loaded and go on.
            ClusterLog.ReplicaGone(log, replica.Model, replica.Version, replica.Ordinal, lost.Message);
        }
    }
}
