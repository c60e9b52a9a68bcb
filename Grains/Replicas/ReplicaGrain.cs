using Grains.Hosting;
using Grains.Inference;
using Grains.Models;
using Orleans.GrainDirectory;
using Orleans.Placement;
using Orleans.Runtime;
using Serving;

namespace Grains.Replicas;

/// <summary>
/// A name for one copy on this silo's model host. It holds no session of its own, so that losing the activation costs nothing but
/// another look-up; it lives from its load to its unload.
/// </summary>
[ReplicaPlacement, GrainDirectory(StorageNames.ReplicaDirectory), KeepAlive, Immovable]
internal sealed class ReplicaGrain(ModelHost host, ILocalSiloDetails silo, TimeProvider clock) : Grain, IModelReplica
{
    private HostedCopy? copy;

    public Task<SentAnswer> Infer(SentRequest request, CancellationToken cancellationToken)
    {
        if (copy?.Served is { } served) return ReplicaRun.InferAsync(served, request, clock, cancellationToken);
        DeactivateOnIdle();
        return Task.FromResult(SentAnswer.NotLoaded);
    }

    public async Task<LoadReport> Load(LoadOrder order)
    {
        if (copy is { } held && held.Fingerprint != order.Fingerprint) await Unload();
        if (copy is null)
        {
            if (!(await host.HoldAsync(order)).TryGetValue(out var loaded, out var error))
            {
                DeactivateOnIdle();
                return new LoadReport { Silo = silo.SiloAddress, Error = SentError.Of(error) };
            }

            copy = loaded;
        }

        var served = copy.Served!;
        return new LoadReport
        {
            Silo = silo.SiloAddress,
            Description = SentDescription.Of(served.Metadata, served.ConfigJson, served.AutomaticRollout, served.MemoryBytes),
        };
    }

    public async Task Unload()
    {
        DeactivateOnIdle();
        if (copy is not { } held) return;
        copy = null;
        await host.ReleaseAsync(held);
    }

    public Task<SiloAddress?> Where()
    {
        if (copy is null) DeactivateOnIdle();
        return Task.FromResult(copy is null ? null : silo.SiloAddress);
    }

    public Task<SentStatistics?> GetStatistics() =>
        Task.FromResult(copy?.Served is { } served ? SentStatistics.Of(served.ReadStatistics()) : null);
}
