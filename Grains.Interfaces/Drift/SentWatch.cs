namespace Grains.Drift;

/// <summary>What silos are to count of a version.</summary>
[GenerateSerializer, Immutable, Alias("serving.watch")]
public sealed class SentWatch
{
    /// <inheritdoc cref="WatchRow.Number"/>
    [Id(0)]
    public required long Number { get; init; }

    /// <summary>The baseline document to count against; null to count nothing.</summary>
    [Id(1)]
    public Blob? Baseline { get; init; }

    /// <summary>A baseline is being learned: whole observations are wanted.</summary>
    [Id(2)]
    public bool IsLearning { get; init; }
}
