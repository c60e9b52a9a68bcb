using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Serving.Inference;

/// <summary>
/// Pooled tensor memory. Blocks are pinned, so native code may read them without another pin. A block has one owner, who
/// returns it once; memory that native code might still be writing is dropped instead of returned.
/// </summary>
/// <remarks>
/// Size classes are powers of two from 256 bytes to <see cref="LargestBlock"/>. The block returned last is rented first, as it may still
/// be in the processor's cache. What is kept is bounded by <see cref="MaxRetainedBytes"/>.
/// </remarks>
public sealed class TensorPool
{
    private const int SmallestShift = 8;
    private const int LargestShift = 24;

    /// <summary>Bytes of a block at the most.</summary>
    public const int LargestBlock = 1 << LargestShift;

    /// <summary>One pool for the process: requests and answers of all models share what is kept.</summary>
    public static readonly TensorPool Shared = new(maxRetainedBytes: 256L << 20);

    private readonly Shelf[] shelves = new Shelf[LargestShift - SmallestShift + 1];
    private long retained;

    public TensorPool(long maxRetainedBytes)
    {
        MaxRetainedBytes = maxRetainedBytes;
        for (var i = 0; i < shelves.Length; i++) shelves[i] = new Shelf();
    }

    /// <summary>Bytes kept for reuse at the most.</summary>
    public long MaxRetainedBytes { get; }

    /// <summary>Bytes kept for reuse now.</summary>
    public long RetainedBytes => Interlocked.Read(ref retained);

    /// <summary>A pinned block of at least that many bytes, contents undefined.</summary>
    public byte[] Rent(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, LargestBlock);
        var shift = Math.Max(SmallestShift, BitOperations.Log2((uint)Math.Max(length, 1) - 1 | 1) + 1);
        if (shelves[shift - SmallestShift].TryTake(out var block))
        {
            Interlocked.Add(ref retained, -block.Length);
            return block;
        }

        return GC.AllocateUninitializedArray<byte>(1 << shift, pinned: true);
    }

    /// <summary>Gives a rented block back. Anything else, or a block over the bound, is left to the collector.</summary>
    public void Return(byte[] block)
    {
        var length = block.Length;
        if (!BitOperations.IsPow2(length) || length < 1 << SmallestShift || length > 1 << LargestShift) return;
        if (Interlocked.Add(ref retained, length) > MaxRetainedBytes)
        {
            Interlocked.Add(ref retained, -length);
            return;
        }

        shelves[BitOperations.Log2((uint)length) - SmallestShift].Put(block);
    }

    /// <summary>Blocks of one size.</summary>
    private sealed class Shelf
    {
        private readonly Lock gate = new();
        private readonly Stack<byte[]> blocks = new();

        public void Put(byte[] block)
        {
            lock (gate) blocks.Push(block);
        }

        public bool TryTake([MaybeNullWhen(false)] out byte[] block)
        {
            lock (gate) return blocks.TryPop(out block);
        }
    }
}
