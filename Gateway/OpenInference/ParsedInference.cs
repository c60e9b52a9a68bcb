using Serving.Inference;

namespace Gateway.OpenInference;

/// <summary>What a request's body said. Owns the memory of its inputs until <see cref="ToRequest"/> hands it over.</summary>
internal sealed class ParsedInference : IDisposable
{
    /// <summary>The caller's id, or null when the body has none or an empty one: then the answer has none either.</summary>
    public string? Id { get; init; }

    /// <summary>The inputs, in the caller's order. Their names differ from each other.</summary>
    public required Tensor[] Inputs { get; init; }

    /// <summary>The outputs asked for, in that order; empty for all.</summary>
    public required RequestedOutput[] Outputs { get; init; }

    /// <summary>The form of each output in the answer.</summary>
    public required OutputForms Forms { get; init; }

    /// <summary>All parameters except <c>binary_data_output</c>, which <see cref="Forms"/> has.</summary>
    public required RequestParameter[] Parameters { get; init; }

    /// <summary>1 is served first; 0 takes the model's default level.</summary>
    public int Priority { get; init; }

    /// <summary>How long the request may wait before it runs; null for no limit of its own.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>The memory behind <see cref="Inputs"/>; null when they refer to the body or are empty.</summary>
    public TensorLease? Lease { get; init; }

    /// <summary>A parameter's value as text, or null.</summary>
    public string? Parameter(string name)
    {
        foreach (var parameter in Parameters)
            if (parameter.Name == name) return parameter.Text;
        return null;
    }

    /// <summary>The request for the port. Disposing it returns the memory; this object is then done with.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="version">A version number, a label, or null.</param>
    /// <param name="id">The request's id, given or made.</param>
    /// <param name="attributes">Headers and parameters.</param>
    /// <param name="caller">Who asks; null where nobody is told apart.</param>
    /// <param name="timeLeft">What the transport leaves the request, which may be less than it asks for itself.</param>
    public InferenceRequest ToRequest(
        string model, string? version, string id, IRequestAttributes? attributes, string? caller, TimeSpan? timeLeft = null) => new()
    {
        Model = model,
        Version = version,
        Id = id,
        Inputs = Inputs,
        Outputs = Outputs,
        Priority = Priority,
        Timeout = timeLeft is null || timeLeft > Timeout ? Timeout : timeLeft,
        Attributes = attributes,
        Caller = caller,
        Lease = Lease,
    };

    public void Dispose() => Lease?.Dispose();
}
