using Serving.Inference;
using Serving.Sessions;

namespace Serving.Models;

/// <summary>
/// A session behind a configuration that shows other shapes than the model has (<c>reshape</c>), or its outputs in another order,
/// or fewer of them. Only shapes and positions change, never the data.
/// </summary>
/// <param name="inner">The model's own session.</param>
/// <param name="signature">As configured.</param>
/// <param name="order">For each configured output its position in the model.</param>
/// <param name="inputs">The inputs that are reshaped, by name.</param>
/// <param name="outputs">The outputs that are reshaped, by name.</param>
internal sealed class ReshapingSession(
    IModelSession inner, SessionSignature signature, int[] order,
    IReadOnlyDictionary<string, Reshape> inputs, IReadOnlyDictionary<string, Reshape> outputs) : IModelSession
{
    public SessionSignature Signature { get; } = signature;

    public Outcome<Tensor[]> Run(ReadOnlySpan<Tensor> tensors, ReadOnlySpan<int> wanted, TensorLease lease)
    {
        var reshaped = new Tensor[tensors.Length];
        for (var i = 0; i < reshaped.Length; i++)
            reshaped[i] = inputs.TryGetValue(tensors[i].Name, out var reshape) ? tensors[i] with { Shape = reshape.ToModel(tensors[i].Shape) } : tensors[i];

        var positions = new int[wanted.Length];
        for (var i = 0; i < positions.Length; i++) positions[i] = order[wanted[i]];
        var result = inner.Run(reshaped, positions, lease);
        if (!result.TryGetValue(out var answers, out _)) return result;
        for (var i = 0; i < answers.Length; i++)
            if (outputs.TryGetValue(answers[i].Name, out var reshape)) answers[i] = answers[i] with { Shape = reshape.FromModel(answers[i].Shape) };
        return answers;
    }

    public void Terminate() => inner.Terminate();

    public void Dispose() => inner.Dispose();
}
