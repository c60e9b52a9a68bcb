using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace Grains.Replicas;

/// <summary>
/// Puts a replica on the silo that the caller hints at; without a hint, or when that silo is gone, on the first in the replica's
/// rendezvous order, so that all silos would look for it in one place.
/// </summary>
internal sealed class ReplicaPlacementDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        if (IPlacementDirector.GetPlacementHint(target.RequestContextData, silos) is { } hint) return Task.FromResult(hint);
        var key = target.GrainIdentity.Key.ToString()!;
        return Task.FromResult(silos.MaxBy(silo => Rendezvous.Score(key, silo.ToParsableString()))!);
    }
}
