namespace Serving.Models.Config;

/// <summary>An input of a model.</summary>
internal sealed record InputConfig : TensorConfig
{
    /// <summary>A request may leave it out.</summary>
    public bool Optional { get; init; }
}
