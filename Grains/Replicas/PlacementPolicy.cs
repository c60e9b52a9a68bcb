using Grains.Routing;

namespace Grains.Replicas;

/// <summary>
/// Which silos should hold a version's replicas. Pure: the silos' reports come in, an order of preference goes out.
/// </summary>
internal static class PlacementPolicy
{
    /// <summary>All silos that may hold a replica, the best first: the thing's own rendezvous order.</summary>
    public static IEnumerable<SiloReport> Order(string model, string version, IEnumerable<SiloReport> silos) => silos
        .Where(s => s.MemoryBudget > 0 && !s.IsLeaving)
        .OrderByDescending(s => Rendezvous.Score($"{model}/{version}", s.Name));
}
