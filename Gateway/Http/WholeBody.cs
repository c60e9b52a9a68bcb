using System.Buffers;
using Serving;
using Serving.Inference;

namespace Gateway.Http;

/// <summary>
/// A body that does not fit in one transport block, put together in one piece as it comes: each block is copied while it is still in
/// the processor's cache, and goes back to the transport at once. The piece grows with what has come, never with what is only
/// announced. It counts against the <see cref="BodyBudget"/>.
/// </summary>
/// <param name="pool">Where the piece is rented.</param>
/// <param name="budget">What it counts against.</param>
/// <param name="announced">Bytes that will come; 0 when that is not known.</param>
/// <param name="aligned">Which byte of it lies where any element may.</param>
internal sealed class WholeBody(TensorPool pool, BodyBudget budget, long announced, long aligned)
{
    /// <summary>Room for so many times what has come, so that seldom more than a small part is copied again.</summary>
    private const int Ahead = 16;

    /// <summary>Bytes of the largest element.</summary>
    private const int Alignment = 8;

    private readonly int start = (int)(-aligned & (Alignment - 1));
    private TensorLease? lease;
    private Memory<byte> block;
    private long held;

    public int Length { get; private set; }

    public ReadOnlySequence<byte> Bytes => new(block.Slice(start, Length));

    /// <summary>Copies what came; the error when no memory may be taken for it.</summary>
    public ServingError? Add(in ReadOnlySequence<byte> bytes)
    {
        var total = Length + bytes.Length;
        if (start + total > Array.MaxLength) return BodyBudget.Exhausted;
        if (start + total > block.Length && Grow(total) is { } exhausted) return exhausted;
        bytes.CopyTo(block.Span[(start + Length)..]);
        Length = (int)total;
        return null;
    }

    /// <summary>Gives the memory back. What was written must no longer be used.</summary>
    public void Release()
    {
        lease?.Dispose();
        budget.Return(held);
        (lease, block, held, Length) = (null, default, 0, 0);
    }

    private ServingError? Grow(long total)
    {
        var room = announced > 0 ? Math.Max(total, Math.Min(announced, total * Ahead)) : total * 2;
        room = Math.Min(room, Array.MaxLength - start);
        if (!budget.TryTake(room - held)) return BodyBudget.Exhausted;
        held = room;
        var larger = new TensorLease(pool);
        var memory = larger.Rent(start + (int)room);
        if (Length > 0) block.Slice(start, Length).CopyTo(memory[start..]);
        lease?.Dispose();
        (lease, block) = (larger, memory);
        return null;
    }
}
