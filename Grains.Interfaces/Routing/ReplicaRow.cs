using Orleans.Runtime;

namespace Grains.Routing;

/// <summary>A loaded replica and where it is.</summary>
[GenerateSerializer, Immutable, Alias("serving.row.replica")]
public sealed record ReplicaRow([property: Id(0)] int Ordinal, [property: Id(1)] SiloAddress Silo);
