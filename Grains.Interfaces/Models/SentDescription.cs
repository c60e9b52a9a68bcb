using Serving.Models;

namespace Grains.Models;

/// <summary>What is known of a version once it was loaded anywhere: signature, effective configuration, size.</summary>
[GenerateSerializer, Immutable, Alias("serving.description")]
public sealed class SentDescription
{
    [Id(0)]
    public required string Model { get; init; }

    [Id(1)]
    public required string Version { get; init; }

    [Id(2)]
    public required string Platform { get; init; }

    [Id(3)]
    public required SentSignature[] Inputs { get; init; }

    [Id(4)]
    public required SentSignature[] Outputs { get; init; }

    [Id(5)]
    public required int MaxBatchSize { get; init; }

    /// <summary>As <c>/config</c> shows it.</summary>
    [Id(6)]
    public required Blob Config { get; init; }

    /// <summary>Resident bytes of one loaded copy, as the host accounts for them.</summary>
    [Id(7)]
    public required long MemoryBytes { get; init; }

    /// <summary>How a new version of the model arrives, as JSON; null for at once.</summary>
    [Id(8)]
    public Blob? AutomaticRollout { get; init; }

    /// <summary><c>serving.replicas</c> of the configuration.</summary>
    [Id(9)]
    public required SentReplicaConfig Replicas { get; init; }

    /// <param name="metadata">The signature.</param>
    /// <param name="config">The effective configuration.</param>
    /// <param name="automaticRollout"><c>serving.rollout</c> of the configuration, or null.</param>
    /// <param name="replicas"><c>serving.replicas</c> of the configuration.</param>
    /// <param name="memoryBytes">Resident bytes.</param>
    public static SentDescription Of(
        ModelMetadata metadata, ReadOnlyMemory<byte> config, ReadOnlyMemory<byte>? automaticRollout, ReplicaConfig replicas, long memoryBytes) => new()
    {
        Replicas = SentReplicaConfig.Of(replicas),
        AutomaticRollout = automaticRollout is { } json ? new Blob(json) : null,
        Model = metadata.Name, Version = metadata.Version, Platform = metadata.Platform, MaxBatchSize = metadata.MaxBatchSize,
        Inputs = [.. metadata.Inputs.Select(SentSignature.Of)], Outputs = [.. metadata.Outputs.Select(SentSignature.Of)],
        Config = new Blob(config), MemoryBytes = memoryBytes,
    };

    /// <param name="versions">All ready versions of the model, oldest first.</param>
    public ModelMetadata ToMetadata(IReadOnlyList<string> versions) => new()
    {
        Name = Model, Version = Version, Versions = versions, Platform = Platform, MaxBatchSize = MaxBatchSize,
        Inputs = [.. Inputs.Select(i => i.ToSignature())], Outputs = [.. Outputs.Select(o => o.ToSignature())],
    };
}
