using Serving.Inference;

namespace Serving.Drift.Observing;

/// <summary>A tensor that some watched feature is read from.</summary>
internal sealed record TensorSlot(bool IsOutput, int Tensor, string Name, TensorType Type);
