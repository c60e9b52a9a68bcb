using Grains.Inference;

namespace Grains.Routing;

/// <summary>A document of routing as JSON, or why there is none.</summary>
[GenerateSerializer, Immutable, Alias("serving.document")]
public sealed class SentDocument
{
    [Id(0)]
    public Blob? Json { get; init; }

    [Id(1)]
    public SentError? Error { get; init; }
}
