using Serving.Inference;
using Serving.Sessions;

namespace Serving.Models;

/// <summary>Stands for a model where requests are only rehearsed: gives back its input.</summary>
/// <param name="took">What a run takes.</param>
internal sealed class RehearsalSession(TimeSpan took) : IModelSession
{
    public SessionSignature Signature { get; } = new(
        [new TensorSignature("x", TensorType.Fp32, [-1, 4])], [new TensorSignature("y", TensorType.Fp32, [-1, 4])], true);

    public Outcome<Tensor[]> Run(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<int> outputs, TensorLease lease)
    {
        if (took > TimeSpan.Zero) Thread.Sleep(took);
        var data = inputs[0].Data;
        var block = lease.Rent(data.Length);
        data.CopyTo(block);
        return new[] { new Tensor("y", TensorType.Fp32, inputs[0].Shape, block) };
    }

    public void Terminate()
    {
    }

    public void Dispose()
    {
    }
}
