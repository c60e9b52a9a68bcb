using Serving.Batching;
using Serving.Inference;

namespace Serving.Caching;

/// <summary>
/// Answers of the models that ask for it (<c>response_cache</c>), the most recently used ones, within one bound of bytes for the
/// whole process. Keyed by the version's own object and the exact inputs: what is loaded again starts anew.
/// </summary>
/// <remarks>
/// The hash only finds the candidate; the inputs are kept and compared byte by byte, so that an answer is never another
/// request's, whatever anybody sends. Kept memory is plain memory of the collector's: an answer may still be written while its entry
/// goes. Any thread may call; the lock is held for a look-up in a table, never while bytes are compared or copied.
/// </remarks>
internal sealed class ResponseCache
{
    private readonly Lock gate = new();
    private readonly Dictionary<(object Version, ulong Hash), CachedResponse> entries = [];
    private readonly ulong seed = (ulong)Random.Shared.NextInt64();
    private readonly long limit;
    private CachedResponse? newest;
    private CachedResponse? oldest;
    private long bytes;

    /// <param name="limit">Bytes of inputs, outputs and their bookkeeping, at the most.</param>
    public ResponseCache(long limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        this.limit = limit;
    }

    /// <summary>Bytes kept now.</summary>
    public long Bytes
    {
        get
        {
            lock (gate) return bytes;
        }
    }

    /// <summary>The outputs of an earlier request with the same inputs, or null. Sets the request's hash.</summary>
    /// <param name="version">What the version is known by: one object for as long as it is loaded.</param>
    /// <param name="request">The checked request.</param>
    public Tensor[]? Find(object version, PendingInference request)
    {
        request.InputHash = InputHash.Of(request, seed);
        CachedResponse? found;
        lock (gate)
        {
            if (!entries.TryGetValue((version, request.InputHash), out found)) return null;
            Unlink(found);
            Link(found);
        }

        return found.Answers(request) ? found.Outputs : null;
    }

    /// <summary>Keeps a copy of what a request was answered; <see cref="Find"/> must have been asked first.</summary>
    public void Keep(object version, PendingInference request, IReadOnlyList<Tensor> outputs)
    {
        var size = CachedResponse.SizeOf(request, outputs);
        if (size > limit) return;
        var entry = new CachedResponse((version, request.InputHash), request, outputs, size);
        lock (gate)
        {
            if (entries.TryGetValue(entry.Key, out var earlier)) Remove(earlier);
            entries.Add(entry.Key, entry);
            Link(entry);
            bytes += size;
            while (bytes > limit) Remove(oldest!);
        }
    }

    /// <summary>Forgets all of a version's answers.</summary>
    public void Drop(object version)
    {
        lock (gate)
        {
            for (var entry = oldest; entry is not null;)
            {
                var next = entry.Newer;
                if (ReferenceEquals(entry.Key.Version, version)) Remove(entry);
                entry = next;
            }
        }
    }

    private void Remove(CachedResponse entry)
    {
        entries.Remove(entry.Key);
        Unlink(entry);
        bytes -= entry.Size;
    }

    private void Link(CachedResponse entry)
    {
        (entry.Older, entry.Newer) = (newest, null);
        if (newest is null) oldest = entry;
        else newest.Newer = entry;
        newest = entry;
    }

    private void Unlink(CachedResponse entry)
    {
        if (entry.Older is null) oldest = entry.Newer;
        else entry.Older.Newer = entry.Newer;
        if (entry.Newer is null) newest = entry.Older;
        else entry.Newer.Older = entry.Older;
    }
}
