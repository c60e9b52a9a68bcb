namespace Serving.Inference;

/// <summary>
/// A named tensor: row-major, little-endian, without padding. BOOL is one byte (0 or 1) an element; BYTES elements are a
/// 4-byte little-endian length and that many bytes, as in the protocol's binary form. Immutable; the memory belongs to the
/// <see cref="InferenceRequest"/> or <see cref="InferenceResponse"/> that carries the tensor.
/// </summary>
/// <param name="Name">The input's or output's name in the model's signature.</param>
/// <param name="Type">The element type.</param>
/// <param name="Shape">Dimensions, outermost first; empty for a scalar. Never negative here. Not to be modified.</param>
/// <param name="Data">All elements.</param>
public sealed record Tensor(string Name, TensorType Type, long[] Shape, ReadOnlyMemory<byte> Data)
{
    /// <summary>The number of elements: the product of the dimensions, 1 for a scalar.</summary>
    public long ElementCount => TensorShape.ElementCount(Shape);
}
