using Serving.Inference;

namespace Serving.Models;

/// <summary>An input or output of a model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Shape">Its full shape, the batch dimension included; -1 where it varies.</param>
public sealed record TensorSignature(string Name, TensorType Type, IReadOnlyList<long> Shape)
{
    /// <summary>An input that a request may leave out.</summary>
    public bool Optional { get; init; }

    /// <summary>Names of an output's classes, in order; null when there is no label file.</summary>
    public IReadOnlyList<string>? Labels { get; init; }
}
