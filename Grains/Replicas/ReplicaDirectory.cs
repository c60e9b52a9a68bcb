using Orleans.GrainDirectory;
using Orleans.Runtime;

namespace Grains.Replicas;

/// <summary>
/// The replicas' directory: reads in the replica's name where it is. It keeps nothing, so no request depends on anything outside the
/// silos, and nothing can be forgotten. An activation on another silo, which comes about once the named one is gone, finds nothing there in
/// its name and says so.
/// </summary>
internal sealed class ReplicaDirectory : IGrainDirectory
{
    public Task<GrainAddress?> Lookup(GrainId grainId) => Task.FromResult<GrainAddress?>(new GrainAddress
    {
        GrainId = grainId, SiloAddress = ReplicaKey.Parse(grainId.Key.ToString()!).Silo, ActivationId = ActivationId.NewId(),
    });

    public Task<GrainAddress?> Register(GrainAddress address) => Task.FromResult<GrainAddress?>(address);

    public Task<GrainAddress?> Register(GrainAddress address, GrainAddress? previousAddress) => Task.FromResult<GrainAddress?>(address);

    public Task Unregister(GrainAddress address) => Task.CompletedTask;

    public Task UnregisterSilos(List<SiloAddress> siloAddresses) => Task.CompletedTask;
}
