namespace Serving.Access.Quotas;

/// <summary>What came of a <see cref="QuotaAsk"/>.</summary>
/// <param name="Amount">Units more that the process may admit by itself; of <see cref="QuotaKind.Concurrent"/> places in all.</param>
/// <param name="Lease">Its number, to give back what is not used.</param>
public readonly record struct QuotaGrant(double Amount, long Lease);
