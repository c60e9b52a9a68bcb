using Grains.Inference;
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
    public SentError? Error { get; init; }

    /// <summary>The silo has no room, or is on its way out: the version is not at fault.</summary>
    [Id(2)]
    public bool NoRoom { get; init; }

    /// <summary>What was loaded.</summary>
    [Id(3)]
    public SentDescription? Description { get; init; }
}
