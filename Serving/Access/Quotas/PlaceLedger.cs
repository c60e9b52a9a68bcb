namespace Serving.Access.Quotas;

/// <summary>
/// Divides the requests that may be under way at one time among several processes: each fills the places that it was granted by itself.
/// </summary>
/// <remarks>
/// <para>A machine: it knows no clock, lock or network; <c>now</c> is in seconds.</para>
/// <para>Invariants. What is granted never exceeds what there is: a holder counts with what it held when it asked or with what it was
/// granted then, whichever is more, until it asks again, so that a lost answer does no harm. One that has not asked for a term is gone,
/// and its requests with it. A ledger that was lost grants nothing new for a term: until then its holders have shown themselves.</para>
/// <para>Where somebody goes short, nobody is granted more than an equal part.</para>
/// </remarks>
/// <param name="term">Seconds between two asks at the most.</param>
/// <param name="since">When another ledger may have granted places; null for never.</param>
internal sealed class PlaceLedger(double term, double? since)
{
    private readonly Dictionary<string, Holder> holders = new(StringComparer.Ordinal);
    private double? since = since;

    /// <summary>There were no grants before it.</summary>
    public void Fill() => since = null;

    /// <summary>Nobody holds anything.</summary>
    public bool IsWhole(double now)
    {
        Expire(now);
        return holders.Values.All(holder => holder.Counted == 0);
    }

    /// <summary>The places that a process may fill from now on.</summary>
    /// <param name="name">The process.</param>
    /// <param name="most">Places that there are.</param>
    /// <param name="held">What it may fill until it has the answer.</param>
    /// <param name="wanted">What it would fill.</param>
    /// <param name="now">The time.</param>
    public int Ask(string name, int most, int held, int wanted, double now)
    {
        Expire(now);
        var (others, goesShort) = (0, false);
        foreach (var (other, holder) in holders)
        {
            if (other == name) continue;
            others += holder.Counted;
            goesShort |= holder.IsShort;
        }

        var count = holders.Count + (holders.ContainsKey(name) ? 0 : 1);
        var granted = Math.Min(wanted, Math.Max(0, most - others));
        if (goesShort) granted = Math.Min(granted, (most + count - 1) / count);
        if (since + term > now) granted = Math.Min(granted, held);
        if (wanted == 0 && held == 0) holders.Remove(name);
        else holders[name] = new Holder(Math.Max(held, granted), granted < wanted, now);
        return granted;
    }

    private void Expire(double now)
    {
        foreach (var (name, holder) in holders)
        {
            if (holder.At + term <= now) holders.Remove(name);
        }
    }

    private readonly record struct Holder(int Counted, bool IsShort, double At);
}
