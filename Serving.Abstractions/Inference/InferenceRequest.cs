namespace Serving.Inference;

/// <summary>One inference request, as it enters the port. Owned by the caller; see <see cref="IServingEngine.InferAsync"/>.</summary>
public sealed class InferenceRequest : IDisposable
{
    /// <summary>The model's name in the repository.</summary>
    public required string Model { get; init; }

    /// <summary>A version number, a label, or null to let the traffic document decide.</summary>
    public string? Version { get; init; }

    /// <summary>The caller's id for the request, or the one made at the door. Never empty: feedback joins on it.</summary>
    public required string Id { get; init; }

    /// <summary>The inputs, in the caller's order.</summary>
    public required IReadOnlyList<Tensor> Inputs { get; init; }

    /// <summary>The outputs asked for, in the answer's order; empty for all.</summary>
    public IReadOnlyList<RequestedOutput> Outputs { get; init; } = [];

    /// <summary>1 is served first; 0 takes the model's default level.</summary>
    public int Priority { get; init; }

    /// <summary>How long the request may wait before it runs, counted from its arrival at the port; null for no limit of its own.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Headers and parameters, for routing rules and keys; null when there are none.</summary>
    public IRequestAttributes? Attributes { get; init; }

    /// <summary>Who asks: a full queue is shared by these. Null where nobody is told apart.</summary>
    public string? Caller { get; init; }

    /// <summary>The memory behind <see cref="Inputs"/>, when it is pooled.</summary>
    public TensorLease? Lease { get; init; }

    public void Dispose() => Lease?.Dispose();
}
