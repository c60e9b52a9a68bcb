namespace Grains.Replicas;

/// <summary>What became of an alert, on its way to one receiver.</summary>
[GenerateSerializer, Immutable, Alias("serving.alert")]
public sealed class SentAlert
{
    /// <summary>Names the change of the alert.</summary>
    [Id(0)]
    public required string Event { get; init; }

    /// <summary>The receiver's address.</summary>
    [Id(1)]
    public required string Url { get; init; }

    /// <summary>What is posted.</summary>
    [Id(2)]
    public required Blob Body { get; init; }
}
