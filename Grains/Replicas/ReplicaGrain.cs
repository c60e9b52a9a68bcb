using Grains.Hosting;
using Grains.Inference;
using Grains.Models;
using Orleans.GrainDirectory;
using Orleans.Placement;
using Orleans.Runtime;
using Serving.Models;

namespace Grains.Replicas;

/// <summary>
/// A name for one copy on this silo's model host. It holds no session of its own, so that losing the activation costs nothing but
/// another look-up; it lives from its load to its unload.
/// </summary>
[ReplicaPlacement, GrainDirectory(StorageNames.ReplicaDirectory), KeepAlive, Immovable]
internal sealed class ReplicaGrain(ModelHost host, ILocalSiloDetails silo, TimeProvider clock) : Grain, IModelReplica
{
    private HostedCopy? copy;

    public Task<SentAnswer> Infer(SentRequest request, CancellationToken cancellationToken) => Held() is { } served
        ? ReplicaRun.InferAsync(served, request, clock, cancellationToken)
        : Task.FromResult(SentAnswer.NotLoaded);

    public async Task<LoadReport> Load(LoadOrder order, bool mayEvict)
    {
        if (copy is { } held && (held.IsGone || held.Fingerprint != order.Fingerprint)) await LetGoAsync(held);
        if (copy is null)
        {
            var (loaded, failure) = await host.HoldAsync(order, Key(), mayEvict);
            if (failure is not null)
            {
                DeactivateOnIdle();
                return new LoadReport { Silo = silo.SiloAddress, End = failure.End, Reason = failure.Reason };
            }

            copy = loaded;
        }

        var served = copy!.Served!;
        return new LoadReport
        {
            Silo = silo.SiloAddress,
            End = LoadEnd.Loaded,
            Description = SentDescription.Of(served.Metadata, served.ConfigJson, served.AutomaticRollout, served.MemoryBytes),
        };
    }

    public async Task Unload()
    {
        DeactivateOnIdle();
        if (copy is { } held) await LetGoAsync(held);
    }

    public Task<SiloAddress?> Where() => Task.FromResult(Held() is null ? null : silo.SiloAddress);

    public Task<SentStatistics?> GetStatistics() =>
        Task.FromResult(Held() is { } served ? SentStatistics.Of(served.ReadStatistics()) : null);

    private ReplicaKey Key() => ReplicaKey.Parse(this.GetPrimaryKeyString());

    private async Task LetGoAsync(HostedCopy held)
    {
        copy = null;
        await host.ReleaseAsync(held, Key());
    }

    /// <summary>The loaded version; null, and the activation ends, when there is none.</summary>
    private ServedVersion? Held()
    {
        if (copy is { IsGone: false } held) return held.Served;
        DeactivateOnIdle();
        return null;
    }
}
