using Serving;

namespace Gateway.Http;

/// <summary>
/// Bytes of large request bodies that may be held at one time, over all requests: what keeps many uploads at once from
/// taking all memory. Bodies within one transport block are bounded by the number of connections and do not count.
/// </summary>
internal sealed class BodyBudget(long most)
{
    public static readonly ServingError Exhausted = new(
        ErrorCode.Overloaded,
        "too many bytes of request bodies are under way (Serving:MaxBufferedBytes); try again",
        TimeSpan.FromSeconds(1));

    private long held;

    public long Held => Interlocked.Read(ref held);

    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref held, bytes) <= most) return true;
        Interlocked.Add(ref held, -bytes);
        return false;
    }

    public void Return(long bytes)
    {
        if (bytes != 0) Interlocked.Add(ref held, -bytes);
    }
}
