namespace Serving.Inference;

/// <summary>The answer to one request. Owned by the caller, who disposes it when it is written.</summary>
public sealed class InferenceResponse : IDisposable
{
    public required string Model { get; init; }

    /// <summary>The version that answered.</summary>
    public required string Version { get; init; }

    /// <summary>The request's id.</summary>
    public required string Id { get; init; }

    /// <summary>The outputs, in the order asked for, else in the signature's.</summary>
    public required IReadOnlyList<Tensor> Outputs { get; init; }

    /// <summary>Why this version answered.</summary>
    public required RouteDecision Route { get; init; }

    public RequestTiming Timing { get; init; }

    /// <summary>The memory behind <see cref="Outputs"/>, when it is pooled.</summary>
    public IDisposable? Lease { get; init; }

    public void Dispose() => Lease?.Dispose();
}
