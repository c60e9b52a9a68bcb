using Serving.Access.Quotas;

namespace Serving.Access;

/// <summary>What a new key shall be.</summary>
/// <param name="Name">Whose it is or what it is for.</param>
/// <param name="Grants">What it may do; at least one.</param>
/// <param name="ExpiresAt">From when on it opens nothing; null for never.</param>
/// <param name="Limits">How much its callers may ask for; null for as much as there is.</param>
public sealed record KeySpec(
    string Name, IReadOnlyList<AccessGrant> Grants, DateTimeOffset? ExpiresAt, QuotaLimits? Limits = null);
