using System.Buffers;

namespace Gateway.Hosting;

/// <summary>
/// The memory that sockets receive into: pinned blocks of 64 KiB instead of the server's own 4 KiB, because a socket receives
/// at most one block at a time, and a tensor of 600 KB then costs 150 system calls.
/// </summary>
/// <remarks>
/// An idle connection holds no block: the transport waits for data before it rents one. Thousands that send a few bytes each hold one
/// each: beyond <see cref="LargeBlocks"/> they are given the server's own size, since that much pinned memory, come and gone, makes the
/// collector stop everybody for tens of milliseconds.
/// </remarks>
internal sealed class TransportMemoryPool : MemoryPool<byte>
{
    public const int BlockBytes = 64 << 10;

    /// <summary>What is given while <see cref="LargeBlocks"/> are lent.</summary>
    public const int SmallBlockBytes = 4 << 10;

    /// <summary>Blocks of 64 KiB that are lent at the same time, but to who needs no less.</summary>
    public const int LargeBlocks = 512;

    /// <summary>Blocks of each size kept for reuse, at the most; what is over is left to the collector.</summary>
    public const int MaxRetainedBlocks = 512;

    /// <summary>The block returned last is rented first, as it may still be in the processor's cache.</summary>
    private readonly Stack<Block> free = new();
    private readonly Stack<Block> freeSmall = new();
    private readonly Lock gate = new();
    private int largeLent;
    private bool disposed;

    public override int MaxBufferSize => BlockBytes;

    /// <summary>Blocks waiting for reuse.</summary>
    public int RetainedBlocks
    {
        get
        {
            lock (gate) return free.Count + freeSmall.Count;
        }
    }

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
        bool large;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            large = largeLent < LargeBlocks || minBufferSize > SmallBlockBytes;
            if (large) largeLent++;
            if ((large ? free : freeSmall).TryPop(out var block))
            {
                block.Lend();
                return block;
            }
        }

        return new Block(this, large ? BlockBytes : SmallBlockBytes);
    }

    protected override void Dispose(bool disposing)
    {
        lock (gate)
        {
            disposed = true;
            free.Clear();
            freeSmall.Clear();
        }
    }

    private void Return(Block block)
    {
        lock (gate)
        {
            var large = block.Memory.Length == BlockBytes;
            if (large) largeLent--;
            var kept = large ? free : freeSmall;
            if (!disposed && kept.Count < MaxRetainedBlocks) kept.Push(block);
        }
    }

    /// <summary>A block and its owner in one object, so that renting again allocates nothing.</summary>
    private sealed class Block(TransportMemoryPool pool, int length) : IMemoryOwner<byte>
    {
        private readonly byte[] bytes = GC.AllocateUninitializedArray<byte>(length, pinned: true);
        private int lent = 1;

        // Pre-pinned memory: a socket operation over it takes no handle.
        public Memory<byte> Memory => System.Runtime.InteropServices.MemoryMarshal.CreateFromPinnedArray(bytes, 0, bytes.Length);

        public void Lend() => lent = 1;

        public void Dispose()
        {
            // The pipe may dispose twice on an abort; only the first gives the block back.
            if (Interlocked.Exchange(ref lent, 0) == 1) pool.Return(this);
        }
    }
}
