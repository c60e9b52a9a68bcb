using Grains.Models;
using Orleans.Runtime;

namespace Grains.Replicas;

/// <summary>How a load ended.</summary>
[GenerateSerializer, Immutable, Alias("serving.loaded")]
public sealed class LoadReport
{
    /// <summary>Where the replica is, which need not be where it was wanted.</summary>
    [Id(0)]
    public required SiloAddress Silo { get; init; }

    [Id(1)]
    public required LoadEnd End { get; init; }

    /// <summary>Why it is not loaded, as a clause; null when it is.</summary>
    [Id(2)]
    public string? Reason { get; init; }

    /// <summary>What was loaded.</summary>
    [Id(3)]
    public SentDescription? Description { get; init; }
}
