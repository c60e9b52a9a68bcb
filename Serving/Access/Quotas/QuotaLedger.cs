namespace Serving.Access.Quotas;

/// <summary>
/// Hands out one quota to several processes in leases, so that each admits by itself and all together admit no more than the quota.
/// </summary>
/// <remarks>
/// <para>A machine: it knows no clock, lock or network. Its driver in the cluster is one grain for a quota; <c>now</c> is in seconds.</para>
/// <para>Invariants. A lease is taken from the quota when it is given, so whatever holders do with it (spend it late, crash, never
/// answer), the sum of what they admit over any span is at most the burst and what grew. What comes back unused is taken up once,
/// and only before the lease expires: later it counts as used. A ledger that was lost starts <em>empty</em>: then what its holders
/// admit exceeds the quota by no more than the leases that were outstanding.</para>
/// <para>No holder gets more than its share of what there is: of two that keep asking, each gets half.</para>
/// </remarks>
internal sealed class QuotaLedger
{
    private readonly double term;
    private readonly Dictionary<long, QuotaLease> outstanding = [];
    private readonly List<long> expired = [];
    private double rate;
    private double capacity;
    private double balance;
    private double at = double.NegativeInfinity;
    private long last;

    /// <param name="rate">Units a second.</param>
    /// <param name="capacity">Units that may be given at once after a rest.</param>
    /// <param name="term">Seconds that a lease lasts.</param>
    /// <param name="emptySince">When it was empty, since another ledger of this quota may have leases outstanding; null for a full one.</param>
    /// <param name="firstLease">Leases have higher numbers, unlike those of any ledger before.</param>
    public QuotaLedger(double rate, double capacity, double term, double? emptySince, long firstLease = 0)
    {
        (this.rate, this.capacity, this.term, last) = (rate, capacity, term, firstLease);
        balance = emptySince is null ? capacity : 0;
        at = emptySince ?? at;
    }

    /// <summary>Units in leases that may still be spent or returned.</summary>
    public double Outstanding(double now)
    {
        Advance(now);
        return outstanding.Values.Sum(lease => lease.Amount);
    }

    /// <summary>All of it is there, and nobody has any: another full one is as good.</summary>
    public bool IsWhole(double now)
    {
        Advance(now);
        return outstanding.Count == 0 && balance >= capacity;
    }

    /// <summary>Other limits hold from now on.</summary>
    public void Change(double newRate, double newCapacity, double now)
    {
        if (newRate == rate && newCapacity == capacity) return;
        Advance(now);
        balance = balance >= capacity ? newCapacity : Math.Min(balance, newCapacity);
        (rate, capacity) = (newRate, newCapacity);
    }

    /// <summary>There were no leases before it: it is full.</summary>
    public void Fill() => balance = Math.Max(balance, capacity - outstanding.Values.Sum(lease => lease.Amount));

    /// <summary>Gives as much of <paramref name="wanted"/> as is there and fair, or nothing where that is less than <paramref name="least"/>.</summary>
    public QuotaLease Lease(string holder, double wanted, double now, double least = 0)
    {
        Advance(now);
        var holders = outstanding.Values.Select(lease => lease.Holder).Append(holder).Distinct(StringComparer.Ordinal).Count();

        // A part that admits nothing would only lie about: what one request needs is given whole, as long as it is there.
        var amount = Math.Min(wanted, Math.Max(balance / holders, Math.Min(least, balance)));
        if (amount < Math.Min(least, capacity)) amount = 0;
        var lease = new QuotaLease(++last, holder, amount, now + term);
        if (amount <= 0) return lease;
        balance -= amount;
        outstanding.Add(lease.Id, lease);
        return lease;
    }

    /// <summary>Takes back what was not used of a lease. Of no effect when it has expired, or came back before.</summary>
    public void Return(long lease, double unused, double now)
    {
        Advance(now);
        if (outstanding.Remove(lease, out var given)) balance = Math.Min(capacity, balance + Math.Clamp(unused, 0, given.Amount));
    }

    private void Advance(double now)
    {
        if (now > at && !double.IsNegativeInfinity(at)) balance = Math.Min(capacity, balance + (now - at) * rate);
        at = Math.Max(at, now);
        foreach (var lease in outstanding.Values)
        {
            if (lease.ExpiresAt <= now) expired.Add(lease.Id);
        }

        foreach (var id in expired) outstanding.Remove(id);
        expired.Clear();
    }
}
