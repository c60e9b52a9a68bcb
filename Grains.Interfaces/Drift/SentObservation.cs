namespace Grains.Drift;

/// <summary>A whole observation, for learning.</summary>
[GenerateSerializer, Immutable, Alias("serving.observation")]
public sealed class SentObservation
{
    [Id(0)]
    public required DateTimeOffset At { get; init; }

    [Id(1)]
    public required int Rows { get; init; }

    /// <summary>The length of each watched tensor, then their data.</summary>
    [Id(2)]
    public required Blob Tensors { get; init; }
}
