using System.Buffers;

namespace Serving.Drift.Observing;

/// <summary>
/// Observations between the requests and the one reader, of all versions. Bounded in number and bytes: what does not fit is not
/// taken. Nobody waits on it; the reader looks by itself, so that putting costs a request next to nothing, and is told only when a
/// block is full.
/// </summary>
internal sealed class ObservationQueue
{
    /// <summary>Observations at the most.</summary>
    public const int MaxWaiting = 16_384;

    /// <summary>Bytes of all together.</summary>
    public const long MaxBytes = 64L << 20;

    /// <summary>Empty blocks kept for the next rush. The one emptied last is filled next, as it is still in the processor's cache.</summary>
    private const int MostSpare = 8;

    private readonly Lock gate = new();

    /// <summary>Blocks with observations, oldest first; the last one is being filled.</summary>
    private readonly Queue<ObservationBlock> blocks = new();
    private readonly Stack<ObservationBlock> spare = new();
    private ObservationBlock filling = new(new byte[ObservationBlock.Usual]);
    private ObservationBlock reading;
    private int next;
    private long bytes = ObservationBlock.Usual;
    private int closed;

    public ObservationQueue()
    {
        reading = filling;
        blocks.Enqueue(filling);
        filling.Open();
    }

    /// <summary>Called, on a request's thread, when a block is full and another one is begun.</summary>
    public Action? Filled { get; set; }

    /// <summary>Makes room for one observation of so many bytes; false when there is none.</summary>
    public bool TryReserve(int length, out ObservationBlock block, out int place, out int start)
    {
        do
        {
            block = Volatile.Read(ref filling);
            place = block.Take(length, out start);
        }
        while (place < 0 && TryAddBlock(block, length));
        return place >= 0;
    }

    /// <summary>The next observation, good until the one after it is taken.</summary>
    public bool TryTake(out Observation observation)
    {
        observation = default;
        while (true)
        {
            var isClosed = reading.IsClosed;
            if (next < reading.Taken) break;
            if (!isClosed) return false;
            Drop();
        }

        // Whoever took the place is copying, and does nothing else.
        var patience = default(SpinWait);
        while (!reading.TryRead(next, out observation)) patience.SpinOnce();
        next++;
        return true;
    }

    /// <summary>Has another block filled instead of this one; false when there is no room for any.</summary>
    private bool TryAddBlock(ObservationBlock present, int length)
    {
        lock (gate)
        {
            if (filling != present) return true;
            var size = Math.Max(ObservationBlock.Usual, ObservationBlock.Aligned(length));
            if (closed + present.Taken + ObservationBlock.Places > MaxWaiting || bytes + size > MaxBytes) return false;
            present.Close();
            closed += present.Taken;
            var block = size > ObservationBlock.Usual ? new ObservationBlock(ArrayPool<byte>.Shared.Rent(size))
                : spare.TryPop(out var emptied) ? emptied
                : new ObservationBlock(new byte[size]);
            bytes += block.Bytes.Length;
            blocks.Enqueue(block);
            block.Open();
            Volatile.Write(ref filling, block);
        }

        Filled?.Invoke();
        return true;
    }

    /// <summary>Goes on with the next block: this one is closed and read.</summary>
    private void Drop()
    {
        var read = reading;
        lock (gate)
        {
            blocks.Dequeue();
            reading = blocks.Peek();
            closed -= read.Taken;
            bytes -= read.Bytes.Length;
            read.Clear();
            if (read.Bytes.Length != ObservationBlock.Usual) ArrayPool<byte>.Shared.Return(read.Bytes);
            else if (spare.Count < MostSpare) spare.Push(read);
        }

        next = 0;
    }
}
