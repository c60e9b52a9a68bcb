using Grains.Routing;

namespace Grains.Replicas;

/// <summary>What to do about a version's replicas.</summary>
/// <param name="Add">Silos to load one on, the best first.</param>
/// <param name="Drop">Replicas too many or in the wrong place; empty while there is something to add.</param>
/// <param name="Lost">Replicas whose silo is gone.</param>
internal sealed record PlacementPlan(IReadOnlyList<SiloReport> Add, IReadOnlyList<ReplicaRow> Drop, IReadOnlyList<ReplicaRow> Lost);
