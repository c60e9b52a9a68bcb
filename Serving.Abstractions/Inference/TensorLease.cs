using System.Runtime.InteropServices;

namespace Serving.Inference;

/// <summary>The memory behind the tensors of one request or answer: returned to its pool at once, by its one owner.</summary>
public sealed class TensorLease : IDisposable
{
    private readonly TensorPool pool;
    private byte[][] blocks = new byte[4][];
    private List<IDisposable>? held;
    private int count;
    private bool ended;

    public TensorLease(TensorPool pool) => this.pool = pool;

    /// <summary>
    /// So many bytes, contents undefined, that live until this lease ends. They do not move, and pinning them costs nothing. Out of the pool,
    /// or, when they are more than <see cref="TensorPool.LargestBlock"/>, the system's own.
    /// </summary>
    public Memory<byte> Rent(int length)
    {
        ObjectDisposedException.ThrowIf(ended, this);
        if (length > TensorPool.LargestBlock)
        {
            var large = new NativeBlock(length);
            Hold(large);
            return large.Memory;
        }

        if (count == blocks.Length) Array.Resize(ref blocks, count * 2);
        var block = blocks[count++] = pool.Rent(length);
        return MemoryMarshal.CreateFromPinnedArray(block, 0, length);
    }

    /// <summary>Keeps memory of another kind until this lease ends.</summary>
    public void Hold(IDisposable memory) => (held ??= []).Add(memory);

    /// <summary>Lets go of the memory without returning it: somebody may still be using it.</summary>
    public void Abandon() => ended = true;

    public void Dispose()
    {
        if (ended) return;
        ended = true;
        for (var i = 0; i < count; i++) pool.Return(blocks[i]);
        if (held is null) return;
        foreach (var memory in held) memory.Dispose();
    }
}
