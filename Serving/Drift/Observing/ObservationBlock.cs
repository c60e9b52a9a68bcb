using Serving.Drift.Quality;

namespace Serving.Drift.Observing;

/// <summary>
/// Room for many observations, filled by requests and emptied by the one reader. A request takes a place with one exchange, copies,
/// and publishes: nothing of the request is kept alive, and nothing is allocated for it. Closed when made.
/// </summary>
internal sealed class ObservationBlock(byte[] bytes)
{
    /// <summary>Places of a block.</summary>
    public const int Places = 256;

    /// <summary>Bytes of a block; a larger observation gets one of its own.</summary>
    public const int Usual = 64 << 10;

    /// <summary>As many bytes taken that no observation fits any more.</summary>
    private const long Closed = int.MaxValue;

    private readonly Place[] places = new Place[Places];

    /// <summary>Places taken, and in the lower half the bytes.</summary>
    private long taken = Closed;

    public byte[] Bytes { get; } = bytes;

    /// <summary>Places that were taken so far.</summary>
    public int Taken => (int)(Volatile.Read(ref taken) >> 32);

    /// <summary>Whether no more places will be taken.</summary>
    public bool IsClosed => (int)Volatile.Read(ref taken) == (int)Closed;

    /// <summary>Bytes that an observation of this length takes.</summary>
    public static int Aligned(int length) => (length + 7) & ~7;

    /// <summary>Takes a place; negative when there is none left. It must be published soon.</summary>
    public int Take(int length, out int start)
    {
        var aligned = Aligned(length);
        for (var before = Volatile.Read(ref taken); ;)
        {
            start = (int)before;
            var place = (int)(before >> 32);
            if (place >= Places || start > Bytes.Length - aligned) return -1;
            var now = Interlocked.CompareExchange(ref taken, before + (1L << 32) + aligned, before);
            if (now == before) return place;
            before = now;
        }
    }

    /// <summary>Lets the reader see what was copied to a place.</summary>
    public void Publish(int place, in Observation observation)
    {
        ref var entry = ref places[place];
        entry.Observation = observation;
        Volatile.Write(ref entry.IsReady, true);
    }

    /// <summary>The observation at a place that was taken; false while it is still being copied.</summary>
    public bool TryRead(int place, out Observation observation)
    {
        ref var entry = ref places[place];
        var isReady = Volatile.Read(ref entry.IsReady);
        observation = isReady ? entry.Observation : default;
        return isReady;
    }

    public void Open() => Volatile.Write(ref taken, 0);

    public void Close() => Interlocked.Or(ref taken, Closed);

    /// <summary>Forgets what was read from a closed block, which may then be opened again.</summary>
    public void Clear()
    {
        Array.Clear(places, 0, Taken);
        Volatile.Write(ref taken, Closed);
    }

    private struct Place
    {
        public Observation Observation;
        public bool IsReady;
    }
}
