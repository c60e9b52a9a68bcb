namespace Serving.Routing;

/// <summary>
/// Remembers which callers it has seen, in 32 KiB. Two callers that share a bit count as one, whichever arms they are in, so that
/// forgetting to count is all it can do wrong; past some hundred thousand callers it forgets most.
/// </summary>
internal sealed class CallerFilter
{
    private const int Bits = 1 << 18;

    private readonly ulong[] seen = new ulong[Bits / 64];

    /// <summary>True the first time a caller comes.</summary>
    public bool IsFirst(string caller)
    {
        // FNV-1a, the same in every process; its lowest bits are its weakest.
        var hash = 2166136261u;
        foreach (var c in caller) hash = (hash ^ c) * 16777619u;
        var bit = (hash ^ (hash >> 18)) & (Bits - 1);
        ref var word = ref seen[bit >> 6];
        var mask = 1UL << (int)(bit & 63);
        var first = (word & mask) == 0;
        word |= mask;
        return first;
    }
}
