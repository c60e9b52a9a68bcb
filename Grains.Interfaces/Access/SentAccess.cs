namespace Grains.Access;

/// <summary>All keys and limits, on their way to a silo. Of secrets there are only salted hashes.</summary>
[GenerateSerializer, Immutable, Alias("serving.access-copy")]
public sealed class SentAccess
{
    /// <summary>Raised by each change; the higher one is newer.</summary>
    [Id(0)]
    public required long Number { get; init; }

    /// <summary>The keys as JSON.</summary>
    [Id(1)]
    public required Blob Keys { get; init; }

    /// <summary>The limits of models as JSON.</summary>
    [Id(2)]
    public required Blob Limits { get; init; }
}
