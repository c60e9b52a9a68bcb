using Serving;
using Serving.Inference;

namespace Gateway.Http;

/// <summary>
/// Bytes being gathered in one pooled, pinned block that doubles as they come. Its capacity counts against the
/// <see cref="BodyBudget"/>.
/// </summary>
internal struct GrowingBlock(TensorPool pool, BodyBudget budget)
{
    private const int Smallest = 16 << 10;

    private byte[]? block;
    private int length;
    private int held;

    public readonly ReadOnlyMemory<byte> Written => block.AsMemory(0, length);

    /// <summary>Free space behind what is written; at least one byte after a successful <see cref="Reserve"/>.</summary>
    public readonly Span<byte> Free => block.AsSpan(length);

    public void Advance(int bytes) => length += bytes;

    /// <summary>Makes room for at least one more byte; the error when no memory may be taken for it.</summary>
    /// <param name="most">Bytes that will ever be written.</param>
    public ServingError? Reserve(int most)
    {
        if (length < held) return null;
        var capacity = (int)Math.Min(Math.Max(most, 1), Math.Max(2L * length, Smallest));

        // The old block is held until its bytes are copied, so both count for a moment.
        if (!budget.TryTake(capacity)) return BodyBudget.Exhausted;
        var larger = pool.Rent(capacity);
        var written = length;
        Written.CopyTo(larger);
        Release();
        (block, length, held) = (larger, written, capacity);
        return null;
    }

    /// <summary>Gives the memory back. What was written must no longer be used.</summary>
    public void Release()
    {
        if (block is null) return;
        budget.Return(held);
        pool.Return(block);
        (block, length, held) = (null, 0, 0);
    }
}
