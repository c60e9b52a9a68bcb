using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace Grains.Replicas;

/// <summary>Puts a replica on the silo that its name says; when that is gone, on any other, where nothing is held in its name.</summary>
internal sealed class ReplicaPlacementDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        var named = ReplicaKey.Parse(target.GrainIdentity.Key.ToString()!).Silo;
        return Task.FromResult(silos.Contains(named) ? named : silos[0]);
    }
}
