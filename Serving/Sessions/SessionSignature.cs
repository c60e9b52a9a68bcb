using Serving.Models;

namespace Serving.Sessions;

/// <summary>What a session takes and gives, read from the model itself.</summary>
/// <param name="Inputs">The inputs, in the model's order.</param>
/// <param name="Outputs">The outputs, in the model's order; a map gives two (<c>name.keys</c>, <c>name.values</c>).</param>
/// <param name="RowsAreIndependent">
/// False when an output has no rows to hand back to several requests (a plain map, a sequence of tensors): such a model never batches.
/// </param>
internal sealed record SessionSignature(
    IReadOnlyList<TensorSignature> Inputs, IReadOnlyList<TensorSignature> Outputs, bool RowsAreIndependent);
