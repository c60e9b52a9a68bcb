using System.Collections.Concurrent;
using Serving.Inference;
using Serving.Models;
using Serving.Sessions;

namespace Serving.Tests.Fakes;

/// <summary>
/// A session that answers its input, but only when the test opens the gate. It remembers the rows of each run; a run that holds the
/// value <see cref="Poison"/> fails.
/// </summary>
internal sealed class GatedSession : IModelSession
{
    public const byte Poison = 13;

    private readonly SemaphoreSlim gate = new(0);
    private volatile bool disposed;

    public BlockingCollection<int> Begun { get; } = new();

    public SessionSignature Signature { get; } = new(
        [new TensorSignature("x", TensorType.UInt8, [-1, 1])], [new TensorSignature("y", TensorType.UInt8, [-1, 1])], true);

    /// <summary>Lets that many runs end.</summary>
    public void Open(int runs = 1) => gate.Release(runs);

    public Outcome<Tensor[]> Run(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<int> outputs, TensorLease lease)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        var input = inputs[0];
        Begun.Add((int)input.Shape[0]);
        gate.Wait();
        if (input.Data.Span.Contains(Poison)) return new ServingError(ErrorCode.ModelFailed, "poison");
        var block = lease.Rent(input.Data.Length);
        input.Data.CopyTo(block);
        return new[] { new Tensor("y", TensorType.UInt8, input.Shape, block) };
    }

    public void Terminate()
    {
    }

    public void Dispose() => disposed = true;
}
