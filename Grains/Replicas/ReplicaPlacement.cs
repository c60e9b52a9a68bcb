using Orleans.Runtime;

namespace Grains.Replicas;

/// <summary>Where its model's grain wants it; see <see cref="ReplicaPlacementDirector"/>.</summary>
[GenerateSerializer, Immutable, Alias("serving.replica-placement")]
internal sealed class ReplicaPlacement : PlacementStrategy;
