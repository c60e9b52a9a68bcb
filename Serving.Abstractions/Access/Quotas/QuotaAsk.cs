namespace Serving.Access.Quotas;

/// <summary>What a process asks of a quota that it shares with others.</summary>
/// <param name="Quota">Whose limit: <c>key:ID</c> or <c>model:NAME</c>.</param>
/// <param name="Kind">What is counted.</param>
/// <param name="Wanted">Units more; of <see cref="QuotaKind.Concurrent"/> places in all.</param>
/// <param name="Least">Units, less than which are of no use now.</param>
/// <param name="Lease">The lease that <paramref name="Unused"/> is of.</param>
/// <param name="Unused">Units that are given back.</param>
/// <param name="Held">Places that the process may still fill while it waits for the answer.</param>
public readonly record struct QuotaAsk(
    string Quota, QuotaKind Kind, double Wanted, double Least = 0, long Lease = 0, double Unused = 0, int Held = 0);
