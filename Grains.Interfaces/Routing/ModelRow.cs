namespace Grains.Routing;

/// <summary>One model as all silos see it: its versions and where their replicas are. Written by the model's grain alone.</summary>
[GenerateSerializer, Immutable, Alias("serving.row.model")]
public sealed class ModelRow
{
    [Id(0)]
    public required string Model { get; init; }

    /// <summary>Raised by each change; of two rows of a model the higher one is newer.</summary>
    [Id(1)]
    public required long Number { get; init; }

    /// <summary>Ready versions, oldest first.</summary>
    [Id(2)]
    public VersionRow[] Versions { get; init; } = [];

    /// <summary>The model's rows of the repository index; empty once the model is forgotten.</summary>
    [Id(3)]
    public IndexRow[] Index { get; init; } = [];

    /// <summary>Whether the two differ in their number at the most.</summary>
    public bool SaysTheSameAs(ModelRow other) => Index.AsSpan().SequenceEqual(other.Index) && Versions.Length == other.Versions.Length
        && Versions.Zip(other.Versions).All(pair => pair.First.SaysTheSameAs(pair.Second));
}
