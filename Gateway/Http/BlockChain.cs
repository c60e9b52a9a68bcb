using System.Buffers;
using Serving;
using Serving.Inference;

namespace Gateway.Http;

/// <summary>
/// Bytes being gathered in pooled blocks, each larger than the one before up to a bound: nothing is copied, and no block is too large for
/// the pool, so that a flood of large bodies does not keep the collector busy. What is taken counts against the <see cref="BodyBudget"/>.
/// </summary>
internal sealed class BlockChain(TensorPool pool, BodyBudget budget)
{
    private const int Smallest = 16 << 10;
    private const int Largest = 1 << 20;

    private Block? first;
    private Block? last;
    private long held;
    private int room;

    /// <summary>Bytes written.</summary>
    public long Length { get; private set; }

    /// <summary>What was written.</summary>
    public ReadOnlySequence<byte> Written
    {
        get
        {
            if (first is null) return default;
            for (var block = first; block is not null; block = block.Following) block.Show();
            return new ReadOnlySequence<byte>(first, 0, last!, last!.Length);
        }
    }

    /// <summary>Free space behind what is written; at least one byte after a successful <see cref="Reserve"/>.</summary>
    public Memory<byte> Free => last is null ? default : last.Bytes.AsMemory(last.Length, room);

    public void Advance(int bytes)
    {
        last!.Length += bytes;
        room -= bytes;
        Length += bytes;
    }

    /// <summary>Makes room for at least one more byte; the error when no memory may be taken for it.</summary>
    /// <param name="most">Bytes that will ever be written.</param>
    public ServingError? Reserve(long most)
    {
        if (room > 0) return null;
        var size = (int)Math.Min(Math.Max(1, most - Length), Math.Clamp(Length, Smallest, Largest));
        if (!budget.TryTake(size)) return BodyBudget.Exhausted;
        held += size;
        var block = new Block(pool.Rent(size), Length);
        if (last is null) first = block;
        else last.Follow(block);
        (last, room) = (block, size);
        return null;
    }

    /// <summary>Gives the memory back. What was written must no longer be used.</summary>
    public void Release()
    {
        for (var block = first; block is not null; block = block.Following) pool.Return(block.Bytes);
        budget.Return(held);
        (first, last, held, room, Length) = (null, null, 0, 0, 0);
    }

    private sealed class Block : ReadOnlySequenceSegment<byte>
    {
        public Block(byte[] bytes, long index) => (Bytes, RunningIndex) = (bytes, index);

        public byte[] Bytes { get; }

        public int Length { get; set; }

        public Block? Following => (Block?)Next;

        public void Follow(Block block) => Next = block;

        public void Show() => Memory = Bytes.AsMemory(0, Length);
    }
}
