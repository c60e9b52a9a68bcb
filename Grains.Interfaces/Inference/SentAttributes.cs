using Serving.Inference;

namespace Grains.Inference;

/// <summary>Headers and parameters that a client of the cluster sends along for routing.</summary>
[GenerateSerializer, Immutable, Alias("serving.attributes")]
public sealed class SentAttributes : IRequestAttributes
{
    /// <summary>By lower-case name.</summary>
    [Id(0)]
    public required Dictionary<string, string> Headers { get; init; }

    [Id(1)]
    public required Dictionary<string, string> Parameters { get; init; }

    public string? Header(string name) => Headers.GetValueOrDefault(name.ToLowerInvariant());

    public string? Parameter(string name) => Parameters.GetValueOrDefault(name);
}
