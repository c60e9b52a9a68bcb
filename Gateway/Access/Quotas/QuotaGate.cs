using System.Globalization;
using System.Text;
using Serving.Access.Quotas;

namespace Gateway.Access.Quotas;

/// <summary>
/// The limits of one key or one model, and what is left of them: holds each request against all of them at once, so that a request
/// that one of them refuses costs the others nothing. Any thread may call.
/// </summary>
internal sealed class QuotaGate
{
    private readonly Lock gate = new();
    private readonly QuotaMeter?[] meters = new QuotaMeter?[QuotaKinds.Rates];
    private readonly QuotaPlaces places = new();

    /// <param name="limits">What holds.</param>
    /// <param name="now">Seconds.</param>
    /// <param name="quota">Its name where several processes share it, and this one has what is leased to it; else null.</param>
    public QuotaGate(QuotaLimits limits, double now, string? quota = null)
    {
        Limits = limits;
        Leases = quota is null ? null : new QuotaLeases(quota);
        Apply(limits, now);
        Policy = Describe(limits);
    }

    public QuotaLimits Limits { get; private set; }

    /// <summary>What this process has of a quota that it shares; null where the quota is its own.</summary>
    public QuotaLeases? Leases { get; }

    /// <summary>The limits as <c>RateLimit-Policy</c> has them.</summary>
    public string Policy { get; private set; }

    /// <summary>Other limits hold from now on; debts stay, and so do the places of requests under way, where places were counted.</summary>
    public void Change(QuotaLimits limits, double now)
    {
        lock (gate)
        {
            if (ReferenceEquals(limits, Limits)) return;
            Apply(limits, now);
            Policy = Describe(limits);
            Limits = limits;
        }
    }

    /// <summary>Lets a request in, or tells what is exhausted and for how long.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="bytes">Of the body, as far as they are known.</param>
    /// <param name="now">Seconds.</param>
    /// <param name="answer">What it is let in with, or what refuses it.</param>
    public bool TryEnter(string caller, long bytes, double now, out GateAnswer answer)
    {
        lock (gate)
        {
            var hasPlace = Limits.Concurrent is not null;
            if (hasPlace && !places.TryEnter(caller, Places(), now))
            {
                answer = new GateAnswer(QuotaKind.Concurrent);
                Leases?.Refused(QuotaKind.Concurrent, 1, 1, now);
                return false;
            }

            var isLow = hasPlace && 2 * places.Running >= Places();
            for (var kind = 0; kind < meters.Length; kind++)
            {
                if (meters[kind] is not { } meter) continue;
                var cost = CostOf(kind, bytes);
                if (meter.TryTake(caller, cost, now) is not { } wait)
                {
                    isLow |= meter.IsLow;
                    continue;
                }

                answer = new GateAnswer((QuotaKind)kind, wait);
                Leases?.Refused((QuotaKind)kind, Math.Max(cost, meter.Shortage), meter.Shortage, now);
                if (hasPlace) places.Leave(caller);
                for (var taken = 0; taken < kind; taken++) meters[taken]?.Return(caller, CostOf(taken, bytes), now);
                return false;
            }

            for (var kind = 0; Leases is not null && kind < meters.Length; kind++) Leases.Took((QuotaKind)kind, CostOf(kind, bytes), now);
            answer = new GateAnswer(IsLow: isLow, HasPlace: hasPlace);
            return true;
        }
    }

    /// <summary>A request that was let in here was refused by another gate: it was never there.</summary>
    public void Undo(string caller, long bytes, bool hasPlace, double now)
    {
        lock (gate)
        {
            if (hasPlace) places.Leave(caller);
            for (var kind = 0; kind < meters.Length; kind++) meters[kind]?.Return(caller, CostOf(kind, bytes), now);
        }
    }

    /// <summary>A request that was let in turned out to cost more.</summary>
    public void Charge(string caller, QuotaKind kind, long cost, double now)
    {
        lock (gate)
        {
            meters[(int)kind]?.Charge(caller, cost, now);
            Leases?.Took(kind, cost, now);
        }
    }

    /// <summary>A request that was let in with a place has ended.</summary>
    public void Leave(string caller)
    {
        lock (gate) places.Leave(caller);
    }

    /// <summary>What is left, as <c>RateLimit</c> has it: for each quota what may come now, and the seconds until it is whole.</summary>
    public string Left(string caller, double now)
    {
        var text = new LeftText(stackalloc char[LeftText.Longest]);
        lock (gate)
        {
            for (var kind = 0; kind < meters.Length; kind++)
            {
                if (meters[kind] is not { } meter) continue;
                var (left, rest) = meter.Left(caller, now);
                text.Add((QuotaKind)kind, (long)left, (long)Math.Ceiling(rest));
            }

            if (Limits.Concurrent is not null) text.Add(QuotaKind.Concurrent, Math.Max(0, Places() - places.Running));
        }

        return text.ToString();
    }

    /// <summary>Adds what is to be asked of the quota now; nothing while nobody asks for it here.</summary>
    public void Ask(double now, List<QuotaAsk> asks)
    {
        lock (gate) Leases!.Ask(Limits, meters, places.Running, now, asks);
    }

    /// <summary>Takes what was granted.</summary>
    public void Take(in QuotaAsk ask, in QuotaGrant grant, double now)
    {
        lock (gate) Leases!.Take(ask, grant, ask.Kind == QuotaKind.Concurrent ? null : meters[(int)ask.Kind], now);
    }

    /// <summary>There was no answer: after a while the gate goes by an equal part of the quota.</summary>
    public void Fend(int sharers, double now)
    {
        lock (gate) Leases!.Fend(Limits, meters, sharers, now);
    }

    /// <summary>What a request is known to cost when it comes. Rows are known when the body is read.</summary>
    private static double CostOf(int kind, long bytes) => (QuotaKind)kind switch
    {
        QuotaKind.Requests => 1,
        QuotaKind.Bytes => bytes,
        _ => 0,
    };

    private static string Describe(QuotaLimits limits)
    {
        var text = new StringBuilder();
        for (var kind = 0; kind < QuotaKinds.Rates; kind++)
        {
            if (limits.Rate((QuotaKind)kind) is not { } rate) continue;

            // A window is whole seconds, and its quota a whole number of at least 1.
            var window = Math.Max(Math.Ceiling(limits.BurstSeconds), Math.Ceiling(1 / rate));
            Append(text, (QuotaKind)kind).Append(CultureInfo.InvariantCulture, $"q={(long)(rate * window)};w={(long)window}");
            if (kind == (int)QuotaKind.Bytes) text.Append(";qu=\"content-bytes\"");
        }

        if (limits.Concurrent is { } most)
            Append(text, QuotaKind.Concurrent).Append(CultureInfo.InvariantCulture, $"q={most};qu=\"concurrent-requests\"");
        return text.ToString();
    }

    private static StringBuilder Append(StringBuilder text, QuotaKind kind) =>
        text.Append(text.Length == 0 ? "" : ", ").Append('"').Append(kind.Name()).Append("\";");

    /// <summary>Requests that may be under way here.</summary>
    private int Places() => Limits.Concurrent is not { } most ? int.MaxValue : Leases is null ? most : Math.Min(most, Leases.Places);

    private void Apply(QuotaLimits limits, double now)
    {
        for (var kind = 0; kind < meters.Length; kind++)
        {
            if (limits.Rate((QuotaKind)kind) is not { } rate) meters[kind] = null;
            else if (meters[kind] is { } meter) meter.Change(rate, rate * limits.BurstSeconds, now);
            else meters[kind] = new QuotaMeter(rate, rate * limits.BurstSeconds, Leases is not null);
        }
    }
}
