namespace Gateway.Access.Quotas;

/// <summary>
/// The requests that may be under way at one time, shared fairly: whoever has an equal part already leaves a place free for each
/// caller that asked lately and has none.
/// </summary>
/// <remarks>A machine: it knows no clock or lock; <c>now</c> is in seconds.</remarks>
internal sealed class QuotaPlaces
{
    /// <summary>Seconds in which a caller that does not ask is still expected.</summary>
    private const double Idle = 10;

    private readonly Dictionary<string, Caller> callers = new(StringComparer.Ordinal);

    /// <summary>Who asked last, and mostly asks again.</summary>
    private (string Name, Caller Caller)? last;

    /// <summary>Requests under way.</summary>
    public int Running { get; private set; }

    /// <param name="name">The caller.</param>
    /// <param name="most">Places that there are now.</param>
    /// <param name="now">Seconds.</param>
    public bool TryEnter(string name, int most, double now)
    {
        var caller = Find(name) ?? Add(name, now);
        caller.LastAsked = now;
        var free = most - Running;
        if (free <= 0 || caller.Running >= Math.Max(1, most / callers.Count) && free <= Expected(caller, now)) return false;
        caller.Running++;
        Running++;
        return true;
    }

    public void Leave(string name)
    {
        Find(name)!.Running--;
        Running--;
    }

    /// <summary>Places to leave for others.</summary>
    private int Expected(Caller but, double now)
    {
        var expected = 0;
        foreach (var other in callers.Values)
        {
            if (!ReferenceEquals(other, but) && other.Running == 0 && now - other.LastAsked <= Idle) expected++;
        }

        return expected;
    }

    private Caller? Find(string name)
    {
        if (last is { } known && ReferenceEquals(known.Name, name)) return known.Caller;
        if (!callers.TryGetValue(name, out var caller)) return null;
        last = (name, caller);
        return caller;
    }

    private Caller Add(string name, double now)
    {
        // New callers are rare, and so this is where to look who is gone.
        last = null;
        foreach (var (known, other) in callers)
        {
            if (other.Running == 0 && now - other.LastAsked > Idle) callers.Remove(known);
        }

        return callers[name] = new Caller();
    }

    private sealed class Caller
    {
        public int Running { get; set; }

        public double LastAsked { get; set; }
    }
}
