using Serving.Access.Quotas;

namespace Serving.Access;

/// <summary>An API key as the server keeps it. Nothing in here lets anybody in: secrets are kept as salted hashes only.</summary>
public sealed record ApiKey
{
    /// <summary>The public part: what logs, metrics and the audit say. Letters and digits.</summary>
    public required string Id { get; init; }

    /// <summary>Whose it is or what it is for, in its creator's words.</summary>
    public required string Name { get; init; }

    public required IReadOnlyList<AccessGrant> Grants { get; init; }

    /// <summary>The secrets that open it: one, and during a rotation's overlap also the one before.</summary>
    public required IReadOnlyList<KeySecret> Secrets { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>From then on it opens nothing; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it was revoked, for good; null while it was not.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>How much its callers may ask for; null for as much as there is.</summary>
    public QuotaLimits? Limits { get; init; }
}
