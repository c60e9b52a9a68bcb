using System.Buffers;
using System.Collections.Concurrent;

namespace Gateway.Hosting;

/// <summary>
/// The memory that sockets receive into: pinned blocks of 64 KiB instead of the server's own 4 KiB, because a socket receives
/// at most one block at a time, and a tensor of 600 KB then costs 150 system calls.
/// </summary>
/// <remarks>An idle connection holds no block: the transport waits for data before it rents one.</remarks>
internal sealed class TransportMemoryPool : MemoryPool<byte>
{
    public const int BlockBytes = 64 << 10;

    /// <summary>Blocks kept for reuse, at the most; what is over is left to the collector.</summary>
    public const int MaxRetainedBlocks = 512;

    private readonly ConcurrentQueue<Block> free = new();
    private int retained;
    private volatile bool disposed;

    public override int MaxBufferSize => BlockBytes;

    /// <summary>Blocks waiting for reuse.</summary>
    public int RetainedBlocks => Volatile.Read(ref retained);

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
        ObjectDisposedException.ThrowIf(disposed, this);
        if (free.TryDequeue(out var block))
        {
            Interlocked.Decrement(ref retained);
            block.Lend();
            return block;
        }

        return new Block(this);
    }

    protected override void Dispose(bool disposing)
    {
        disposed = true;
        free.Clear();
    }

    private void Return(Block block)
    {
        if (disposed) return;
        if (Interlocked.Increment(ref retained) > MaxRetainedBlocks) Interlocked.Decrement(ref retained);
        else free.Enqueue(block);
    }

    /// <summary>A block and its owner in one object, so that renting again allocates nothing.</summary>
    private sealed class Block(TransportMemoryPool pool) : IMemoryOwner<byte>
    {
        private readonly byte[] bytes = GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true);
        private int lent = 1;

        // Pre-pinned memory: a socket operation over it takes no handle.
        public Memory<byte> Memory => System.Runtime.InteropServices.MemoryMarshal.CreateFromPinnedArray(bytes, 0, BlockBytes);

        public void Lend() => lent = 1;

        public void Dispose()
        {
            // The pipe may dispose twice on an abort; only the first gives the block back.
            if (Interlocked.Exchange(ref lent, 0) == 1) pool.Return(this);
        }
    }
}
