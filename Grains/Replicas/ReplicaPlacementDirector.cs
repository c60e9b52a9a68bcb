using Grains.Routing;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace Grains.Replicas;

/// <summary>
/// Puts a replica on the silo that the caller hints at; without a hint, where the routes say that its copy is, so that a directory which
/// forgot it costs nothing; else on the first in the replica's rendezvous order.
/// </summary>
internal sealed class ReplicaPlacementDirector(IServiceProvider services) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        if (IPlacementDirector.GetPlacementHint(target.RequestContextData, silos) is { } hint) return Task.FromResult(hint);
        var key = target.GrainIdentity.Key.ToString()!;
        if (services.GetRequiredService<RouteFeed>().SiloOf(ReplicaKey.Parse(key)) is { } silo && silos.Contains(silo)) return Task.FromResult(silo);
        return Task.FromResult(silos.MaxBy(s => Rendezvous.Score(key, s.ToParsableString()))!);
    }
}
