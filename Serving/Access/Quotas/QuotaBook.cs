namespace Serving.Access.Quotas;

/// <summary>
/// The ledgers of all quotas that processes share: one <see cref="QuotaLedger"/> for each limited rate of a key or model, one
/// <see cref="PlaceLedger"/> for its requests under way.
/// </summary>
/// <remarks>A machine, as they are. It begins as after a loss; what has no predecessor is told so by <see cref="Fill"/>.</remarks>
/// <param name="began">When it began.</param>
/// <param name="firstLease">Where the numbers of leases begin: at random, unlike those of any book before.</param>
internal sealed class QuotaBook(double began, long firstLease)
{
    /// <summary>Seconds that a lease lasts: what a process that is gone had leased is lost, and it is not reckoned with for longer.</summary>
    public const double Term = 2;

    /// <summary>Numbers between two ledgers, so that what is given back to one does not count at another.</summary>
    private const long LeasesOfOne = 1L << 32;

    private readonly Dictionary<(string Quota, QuotaKind Kind), QuotaLedger> rates = [];
    private readonly Dictionary<string, PlaceLedger> places = new(StringComparer.Ordinal);
    private double? emptySince = began;
    private long nextLease = firstLease;

    /// <summary>Ledgers that are kept.</summary>
    public int Count => rates.Count + places.Count;

    /// <summary>No other book was before it: nothing is outstanding.</summary>
    public void Fill()
    {
        emptySince = null;
        foreach (var ledger in rates.Values) ledger.Fill();
        foreach (var ledger in places.Values) ledger.Fill();
    }

    /// <param name="holder">The process that asks.</param>
    /// <param name="ask">What it asks.</param>
    /// <param name="limits">What the quota is; null for one that is not known (any more), of which nothing is given.</param>
    /// <param name="now">Seconds.</param>
    public QuotaGrant Lend(string holder, in QuotaAsk ask, QuotaLimits? limits, double now)
    {
        if (ask.Kind == QuotaKind.Concurrent)
        {
            if (limits?.Concurrent is not { } most) return default;
            if (!places.TryGetValue(ask.Quota, out var ledger)) places[ask.Quota] = ledger = new PlaceLedger(Term, emptySince);
            return new QuotaGrant(ledger.Ask(holder, most, ask.Held, (int)ask.Wanted, now), 0);
        }

        if (limits?.Rate(ask.Kind) is not { } rate) return default;
        var capacity = Math.Max(1, rate * limits.BurstSeconds);
        if (!rates.TryGetValue((ask.Quota, ask.Kind), out var quota))
            rates[(ask.Quota, ask.Kind)] = quota = new QuotaLedger(rate, capacity, Term, emptySince, nextLease += LeasesOfOne);
        quota.Change(rate, capacity, now);
        if (ask.Unused > 0) quota.Return(ask.Lease, ask.Unused, now);
        if (ask.Wanted <= 0) return default;
        var lease = quota.Lease(holder, ask.Wanted, now, ask.Least);
        return new QuotaGrant(lease.Amount, lease.Id);
    }

    /// <summary>Forgets ledgers that new ones are as good as.</summary>
    public void Trim(double now)
    {
        foreach (var (key, ledger) in rates)
        {
            if (ledger.IsWhole(now)) rates.Remove(key);
        }

        foreach (var (key, ledger) in places)
        {
            if (ledger.IsWhole(now)) places.Remove(key);
        }
    }
}
