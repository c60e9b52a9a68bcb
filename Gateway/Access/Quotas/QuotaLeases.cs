using Serving.Access.Quotas;

namespace Gateway.Access.Quotas;

/// <summary>
/// What one process has of a quota that it shares with others: what to ask for, by what was asked of it, and what to live on while there
/// is no answer.
/// </summary>
/// <remarks>
/// <para>A machine, guarded by its <see cref="QuotaGate"/>; <c>now</c> is in seconds.</para>
/// <para>It asks for what its callers will want in the next moments, and for what it has just refused: a request is refused for good only
/// when the quota itself said moments ago that it has no more. What nobody here wants goes back within a second. What is given back is
/// taken out before it is sent, so that an answer that gets lost never lets more in.</para>
/// <para>Without an answer the process lives on what it has, and after a second on an equal part of the quota: of a quota that others
/// still share, it then admits that part beside them.</para>
/// </remarks>
internal sealed class QuotaLeases(string quota)
{
    /// <summary>Seconds that a lease should last.</summary>
    private const double Ahead = 0.2;

    /// <summary>Seconds after which what nobody wants goes back.</summary>
    private const double Idle = 1;

    /// <summary>Seconds after which a lease is not worth giving back: the quota does not reckon with it any more.</summary>
    private const double Kept = 2;

    /// <summary>Seconds without an answer, after which the process goes by its equal part.</summary>
    private const double Patience = 1;

    /// <summary>Seconds for which the quota's word holds that there is no more.</summary>
    private const double Emptiness = 0.02;

    private readonly Demand[] demands = [new(), new(), new(), new()];
    private double wantedAt = double.NegativeInfinity;
    private double askedAt = double.NegativeInfinity;
    private double? silentSince;
    private double fendedAt;

    /// <summary>Requests that may be under way here.</summary>
    public int Places { get; private set; }

    /// <summary>Whether it may help to ask before a request is refused.</summary>
    public bool MayHaveMore(QuotaKind kind, double now) => demands[(int)kind].EmptyUntil <= now;

    public void Took(QuotaKind kind, double cost, double now)
    {
        demands[(int)kind].Cost += cost;
        wantedAt = now;
    }

    /// <param name="kind">What there was too little of.</param>
    /// <param name="cost">What would have been taken.</param>
    /// <param name="shortage">What was lacking.</param>
    /// <param name="now">The time.</param>
    public void Refused(QuotaKind kind, double cost, double shortage, double now)
    {
        var demand = demands[(int)kind];
        demand.Refused += cost;
        demand.Shortage = demand.Shortage == 0 ? shortage : Math.Min(demand.Shortage, shortage);
        wantedAt = now;
    }

    /// <summary>Adds what to ask for now.</summary>
    public void Ask(QuotaLimits limits, QuotaMeter?[] meters, int running, double now, List<QuotaAsk> asks)
    {
        var isIdle = now - wantedAt > Idle;
        if (isIdle && double.IsNegativeInfinity(askedAt)) return;
        var elapsed = Math.Clamp(now - askedAt, 0.05, 1);
        askedAt = now;
        for (var kind = 0; kind < meters.Length; kind++)
        {
            if (meters[kind] is { } meter) AskRate(limits, (QuotaKind)kind, meter, isIdle, elapsed, asks);
        }

        if (limits.Concurrent is { } most) AskPlaces(most, running, isIdle, asks);

        // What is idle and has given everything back keeps quiet until somebody comes.
        if (isIdle && running == 0 && Places == 0) askedAt = double.NegativeInfinity;
    }

    public void Take(in QuotaAsk ask, in QuotaGrant grant, QuotaMeter? meter, double now)
    {
        silentSince = null;
        var demand = demands[(int)ask.Kind];
        if (grant.Amount < ask.Wanted) demand.EmptyUntil = now + Emptiness;
        if (ask.Kind == QuotaKind.Concurrent) Places = (int)grant.Amount;
        else if (grant.Amount > 0)
        {
            demand.Leases.RemoveAll(lease => lease.At + Kept < now);
            demand.Leases.Add((grant.Lease, grant.Amount, now));
            meter?.Supply(grant.Amount, now);
        }
    }

    public void Fend(QuotaLimits limits, QuotaMeter?[] meters, int sharers, double now)
    {
        silentSince ??= fendedAt = now;
        var since = now - fendedAt;
        fendedAt = now;
        if (now - silentSince < Patience) return;
        for (var kind = 0; kind < meters.Length; kind++)
        {
            if (meters[kind] is not { } meter) continue;
            var rate = limits.Rate((QuotaKind)kind)!.Value / sharers;
            var room = Math.Max(1, rate * limits.BurstSeconds) - meter.Level;
            if (room > 0) meter.Supply(Math.Min(room, rate * since), now);
        }

        if (limits.Concurrent is { } most) Places = Math.Max(1, most / sharers);
    }

    private void AskRate(QuotaLimits limits, QuotaKind kind, QuotaMeter meter, bool isIdle, double elapsed, List<QuotaAsk> asks)
    {
        var demand = demands[(int)kind];
        if (isIdle)
        {
            GiveBack(kind, meter.Reclaim(), asks);
            return;
        }

        var capacity = Math.Max(1, limits.Rate(kind)!.Value * limits.BurstSeconds);
        var wanted = Math.Min(capacity, demand.Refused + demand.Cost / elapsed * Ahead) - meter.Level;
        if (wanted > 0) asks.Add(new QuotaAsk(quota, kind, wanted, Least: Math.Min(demand.Shortage, capacity)));
        demand.Answered();
    }

    /// <summary>By the newest leases first: older ones may not count any more.</summary>
    private void GiveBack(QuotaKind kind, double unused, List<QuotaAsk> asks)
    {
        var demand = demands[(int)kind];
        for (var i = demand.Leases.Count - 1; i >= 0 && unused > 0; i--)
        {
            var (lease, amount, _) = demand.Leases[i];
            asks.Add(new QuotaAsk(quota, kind, Wanted: 0, Lease: lease, Unused: Math.Min(unused, amount)));
            unused -= amount;
        }

        demand.Leases.Clear();
        demand.Answered();
    }

    private void AskPlaces(int most, int running, bool isIdle, List<QuotaAsk> asks)
    {
        var demand = demands[(int)QuotaKind.Concurrent];
        var wanted = isIdle ? running : Math.Min(most, running + (int)demand.Refused + 1);

        // What is not wanted is let go before it is told.
        Places = Math.Min(Places, wanted);
        if (wanted > 0 || demand.Places > 0) asks.Add(new QuotaAsk(quota, QuotaKind.Concurrent, wanted, Held: Math.Max(running, Places)));
        demand.Places = wanted;
        demand.Answered();
    }

    /// <summary>What callers wanted of one kind since the last ask.</summary>
    private sealed class Demand
    {
        public double Cost { get; set; }

        public double Refused { get; set; }

        /// <summary>The least that would have let one of the refused in.</summary>
        public double Shortage { get; set; }

        /// <summary>Leases that may still count, oldest first.</summary>
        public List<(long Id, double Amount, double At)> Leases { get; } = [];

        /// <summary>Places that were asked for last.</summary>
        public int Places { get; set; }

        /// <summary>Until then there is no more.</summary>
        public double EmptyUntil { get; set; }

        public void Answered() => Cost = Refused = Shortage = 0;
    }
}
