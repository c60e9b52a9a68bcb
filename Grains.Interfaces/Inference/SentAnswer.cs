using Serving.Inference;

namespace Grains.Inference;

/// <summary>What came of a request: outputs, or an error, or that the replica does not hold the version (any more).</summary>
[GenerateSerializer, Immutable, Alias("serving.answer")]
public sealed class SentAnswer
{
    /// <summary>The answer of a replica that holds nothing: try another one.</summary>
    public static readonly SentAnswer NotLoaded = new() { IsNotLoaded = true };

    [Id(0)]
    public SentTensors Outputs { get; init; } = SentTensors.None;

    [Id(1)]
    public SentError? Error { get; init; }

    [Id(2)]
    public bool IsNotLoaded { get; init; }

    /// <summary>Time it waited for a session where it ran.</summary>
    [Id(3)]
    public TimeSpan Queue { get; init; }

    /// <summary>Time its batch took there.</summary>
    [Id(4)]
    public TimeSpan Compute { get; init; }

    /// <summary>To a client: why the version answered. Replicas leave it out, since their caller decided it.</summary>
    [Id(5)]
    public SentRoute? Route { get; init; }

    /// <summary>Requests that wait at the replica now: what the next choice between replicas goes by.</summary>
    [Id(6)]
    public int Waiting { get; init; }
}
