using Orleans.Runtime;

namespace Grains.Routing;

/// <summary>What a silo says of itself when it asks for news.</summary>
[GenerateSerializer, Immutable, Alias("serving.silo")]
public sealed class SiloReport
{
    [Id(0)]
    public required SiloAddress Silo { get; init; }

    /// <summary>Stays the same over restarts: what placement goes by.</summary>
    [Id(1)]
    public required string Name { get; init; }

    /// <summary>Bytes that loaded models may take; 0 for a silo that holds none.</summary>
    [Id(2)]
    public required long MemoryBudget { get; init; }

    /// <summary>Bytes that loaded models take.</summary>
    [Id(3)]
    public required long MemoryUsed { get; init; }

    /// <summary>The silo is about to stop: no new replicas.</summary>
    [Id(4)]
    public bool IsLeaving { get; init; }

    /// <summary>Versions loaded since the process began.</summary>
    [Id(5)]
    public long Loads { get; init; }

    /// <summary>Versions dropped to make room since the process began.</summary>
    [Id(6)]
    public long Evictions { get; init; }
}
