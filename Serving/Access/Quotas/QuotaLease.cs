namespace Serving.Access.Quotas;

/// <summary>A part of a quota that one process may admit by itself.</summary>
/// <param name="Id">Its number, rising.</param>
/// <param name="Holder">The process.</param>
/// <param name="Amount">Units; 0 when there is nothing to give now.</param>
/// <param name="ExpiresAt">Seconds of the ledger's clock; what is not returned by then counts as used.</param>
internal readonly record struct QuotaLease(long Id, string Holder, double Amount, double ExpiresAt);
