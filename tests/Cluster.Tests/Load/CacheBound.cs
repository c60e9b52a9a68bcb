namespace Cluster.Tests.Load;

/// <summary>
/// How many things must be dropped while a sequence of requests goes through one memory that holds so many: the measure for a cluster,
/// whose memory is in several places and whose requests overlap.
/// </summary>
internal static class CacheBound
{
    /// <summary>The longest unused one gives way.</summary>
    /// <param name="requests">Things asked for, in order.</param>
    /// <param name="room">How many fit.</param>
    /// <param name="present">Those that are there at the start, in no order that is known.</param>
    public static int LeastRecentlyUsed(IReadOnlyList<string> requests, int room, IEnumerable<string> present)
    {
        var used = present.ToDictionary(name => name, _ => -1, StringComparer.Ordinal);
        var dropped = 0;
        for (var i = 0; i < requests.Count; i++)
        {
            if (!used.ContainsKey(requests[i]) && used.Count >= room)
            {
                used.Remove(used.MinBy(u => u.Value).Key);
                dropped++;
            }

            used[requests[i]] = i;
        }

        return dropped;
    }

    /// <summary>The one that is asked for again last gives way (Belady): fewer is not possible, even knowing the future.</summary>
    /// <inheritdoc cref="LeastRecentlyUsed"/>
    public static int Clairvoyant(IReadOnlyList<string> requests, int room, IEnumerable<string> present)
    {
        var next = new int[requests.Count];
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = requests.Count - 1; i >= 0; i--)
        {
            next[i] = seen.GetValueOrDefault(requests[i], int.MaxValue);
            seen[requests[i]] = i;
        }

        var held = present.ToDictionary(name => name, name => seen.GetValueOrDefault(name, int.MaxValue), StringComparer.Ordinal);
        var dropped = 0;
        for (var i = 0; i < requests.Count; i++)
        {
            if (!held.ContainsKey(requests[i]) && held.Count >= room)
            {
                held.Remove(held.MaxBy(h => h.Value).Key);
                dropped++;
            }

            held[requests[i]] = next[i];
        }

        return dropped;
    }
}
