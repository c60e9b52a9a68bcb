using Serving.Inference;

namespace Serving.Batching;

/// <summary>The outputs of one run, held by the answers of all requests that were in it; returned when the last answer is disposed.</summary>
internal sealed class SharedLease(TensorLease lease, int holders) : IDisposable
{
    private int holders = holders;

    public void Dispose()
    {
        if (Interlocked.Decrement(ref holders) == 0) lease.Dispose();
    }
}
