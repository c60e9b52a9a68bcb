namespace Serving.Inference;

/// <summary>The memory behind the tensors of one request or answer: returned to its pool at once, by its one owner.</summary>
public sealed class TensorLease : IDisposable
{
    private readonly TensorPool pool;
    private byte[][] blocks = new byte[4][];
    private int count;
    private bool ended;

    public TensorLease(TensorPool pool) => this.pool = pool;

    /// <summary>A pinned block of at least that many bytes that lives until this lease ends.</summary>
    public byte[] Rent(int length)
    {
        ObjectDisposedException.ThrowIf(ended, this);
        if (count == blocks.Length) Array.Resize(ref blocks, count * 2);
        return blocks[count++] = pool.Rent(length);
    }

    /// <summary>Lets go of the memory without returning it: somebody may still be using it.</summary>
    public void Abandon() => ended = true;

    public void Dispose()
    {
        if (ended) return;
        ended = true;
        for (var i = 0; i < count; i++) pool.Return(blocks[i]);
    }
}
