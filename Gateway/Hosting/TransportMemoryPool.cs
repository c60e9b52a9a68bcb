using System.Buffers;
using System.Diagnostics.CodeAnalysis;

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

    /// <summary>The block returned last is rented first, as it may still be in the processor's cache.</summary>
    private readonly Stack<Block> free = new();
    private readonly Lock gate = new();
    private bool disposed;

    public override int MaxBufferSize => BlockBytes;

    /// <summary>Blocks waiting for reuse.</summary>
    public int RetainedBlocks
    {
        get
        {
            lock (gate) return free.Count;
        }
    }

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
        if (!TryTake(out var block)) return new Block(this);
        block.Lend();
        return block;
    }

    protected override void Dispose(bool disposing)
    {
        lock (gate)
        {
            disposed = true;
            free.Clear();
        }
    }

    private bool TryTake([MaybeNullWhen(false)] out Block block)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return free.TryPop(out block);
        }
    }

    private void Return(Block block)
    {
        lock (gate)
        {
            if (!disposed && free.Count < MaxRetainedBlocks) free.Push(block);
        }
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
