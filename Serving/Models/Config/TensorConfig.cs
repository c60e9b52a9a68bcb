using Serving.Inference;
using Serving.Models.Config.Values;

namespace Serving.Models.Config;

/// <summary>What an input and an output have in common.</summary>
internal abstract record TensorConfig
{
    public required string Name { get; init; }

    /// <summary>The element type; <c>default</c> where the file leaves it to the model's signature.</summary>
    public TensorType DataType { get; init; }

    /// <summary>The shape callers see, without the batch dimension when the model batches; -1 where it varies.</summary>
    public ValueList<long> Dims { get; init; } = [];

    /// <summary>
    /// The shape the model sees instead of <see cref="Dims"/>, element for element; null for the same, empty for a scalar.
    /// </summary>
    public ValueList<long>? Reshape { get; init; }
}
