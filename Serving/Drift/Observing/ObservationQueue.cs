using System.Collections.Concurrent;

namespace Serving.Drift.Observing;

/// <summary>
/// Observations between the requests and the one reader, of all versions. Bounded in number and bytes: what does not fit is not
/// taken. Nobody waits on it and nobody is woken; the reader looks by itself, so that putting costs a request next to nothing.
/// </summary>
internal sealed class ObservationQueue
{
    /// <summary>Observations at the most.</summary>
    public const int MaxWaiting = 16_384;

    /// <summary>Bytes of all together.</summary>
    public const long MaxBytes = 64L << 20;

    private readonly ConcurrentQueue<Observation> waiting = new();
    private long bytes;
    private int count;

    /// <summary>Makes room for one observation; false when there is none.</summary>
    public bool TryReserve(int size)
    {
        var fits = Interlocked.Increment(ref count) <= MaxWaiting;
        if (Interlocked.Add(ref bytes, size) <= MaxBytes && fits) return true;
        Release(size);
        return false;
    }

    /// <summary>Puts an observation into the room made for it.</summary>
    public void Add(in Observation observation) => waiting.Enqueue(observation);

    public bool TryTake(out Observation observation)
    {
        if (!waiting.TryDequeue(out observation)) return false;
        Release(observation.Bytes);
        return true;
    }

    private void Release(int size)
    {
        Interlocked.Decrement(ref count);
        Interlocked.Add(ref bytes, -size);
    }
}
