using Grains.Routing;

namespace Grains.Replicas;

/// <summary>What to do about a version's replicas.</summary>
/// <param name="Add">Silos to load one on, the best first.</param>
/// <param name="MayEvict">No replica stands on a silo that stays: the first one to add may push idle models out of memory.</param>
/// <param name="Drop">Replicas too many or in the wrong place; empty while there is something to add.</param>
/// <param name="Lost">Replicas whose silo is gone.</param>
internal sealed record PlacementPlan(
    IReadOnlyList<SiloReport> Add, bool MayEvict, IReadOnlyList<ReplicaRow> Drop, IReadOnlyList<ReplicaRow> Lost);
