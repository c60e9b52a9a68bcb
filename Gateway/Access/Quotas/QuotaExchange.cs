using Serving.Access.Quotas;

namespace Gateway.Access.Quotas;

/// <summary>
/// Asks for all gates that share quotas with other processes: a few times a second while they are used, and at once for a request that
/// would be refused. One call is under way at a time; what comes up meanwhile goes with the next.
/// </summary>
internal sealed class QuotaExchange : IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(100);

    private readonly Lock sync = new();
    private readonly IQuotaLender lender;
    private readonly Func<IEnumerable<QuotaGate>> gates;
    private readonly Func<double> now;
    private readonly ITimer timer;
    private Task running = Task.CompletedTask;
    private Task? next;
    private volatile bool isSilent;

    /// <param name="lender">Who answers.</param>
    /// <param name="gates">For whom.</param>
    /// <param name="now">Seconds.</param>
    /// <param name="clock">When to ask.</param>
    public QuotaExchange(IQuotaLender lender, Func<IEnumerable<QuotaGate>> gates, Func<double> now, TimeProvider clock)
    {
        (this.lender, this.gates, this.now) = (lender, gates, now);
        timer = clock.CreateTimer(_ => _ = AskAsync(), null, Every, Every);
    }

    /// <summary>Nobody answered the last ask: waiting for another answer would only hold requests up.</summary>
    public bool IsSilent => isSilent;

    /// <summary>Ends with an exchange that begins now or later.</summary>
    public Task AskAsync()
    {
        lock (sync) return next ??= ExchangeAfterAsync(running);
    }

    public void Dispose() => timer.Dispose();

    private async Task ExchangeAfterAsync(Task former)
    {
        await former.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Yield();
        lock (sync) (running, next) = (next!, null);
        await ExchangeAsync().ConfigureAwait(false);
    }

    private async Task ExchangeAsync()
    {
        var asks = new List<QuotaAsk>();
        var askers = new List<QuotaGate>();
        foreach (var gate in gates())
        {
            gate.Ask(now(), asks);
            while (askers.Count < asks.Count) askers.Add(gate);
        }

        if (asks.Count == 0) return;
        var grants = await lender.LeaseAsync(asks).ConfigureAwait(false);
        isSilent = grants is null;
        if (grants is not null)
        {
            for (var i = 0; i < asks.Count; i++) askers[i].Take(asks[i], grants[i], now());
        }
        else
        {
            foreach (var gate in askers.Distinct()) gate.Fend(lender.Sharers, now());
        }
    }
}
