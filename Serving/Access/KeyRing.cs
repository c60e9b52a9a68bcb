using Serving.Access.Quotas;

namespace Serving.Access;

/// <summary>
/// All keys, and what may become of one: made, given another secret, ended.
/// </summary>
/// <remarks>
/// <para>A machine: it knows no clock, disk or randomness. A question is answered with a <see cref="KeyChange"/>, which alters
/// nothing until <see cref="Apply"/>; its driver makes it last in between, so that what is in force is never ahead of what
/// would be after a crash.</para>
/// <para>Invariants. A revoked key never opens again, and a secret's end never moves away. An id is used once. At most
/// <see cref="AccessLimits.MaxKeys"/> keys are kept; only dead ones make room. Once there was a key there always is one, if a dead
/// one, so that a server that was closed does not open by itself.</para>
/// </remarks>
internal sealed class KeyRing
{
    private readonly Dictionary<string, ApiKey> keys = new(StringComparer.Ordinal);

    public KeyRing(IEnumerable<ApiKey> keys)
    {
        foreach (var key in keys) this.keys.Add(key.Id, key);
        Snapshot = Take();
    }

    /// <summary>Every key, oldest first; another list after each change.</summary>
    public IReadOnlyList<ApiKey> Snapshot { get; private set; }

    /// <param name="spec">What the key shall be.</param>
    /// <param name="id">Its id, drawn at random.</param>
    /// <param name="secret">What opens it.</param>
    /// <param name="now">The time.</param>
    public Outcome<KeyChange> Create(KeySpec spec, string id, KeySecret secret, DateTimeOffset now)
    {
        if (spec.ExpiresAt <= now) return ServingError.Invalid($"expires_at is {spec.ExpiresAt:O}, which has passed");
        if (keys.ContainsKey(id)) return new ServingError(ErrorCode.Conflict, $"the key's id {id} is taken; try again");
        var dropped = default(ApiKey);
        if (keys.Count >= AccessLimits.MaxKeys)
        {
            dropped = Snapshot.FirstOrDefault(key => IsDead(key, now));
            if (dropped is null) return new ServingError(ErrorCode.Conflict, $"there are {keys.Count} keys in use; revoke one first");
        }

        var key = new ApiKey
        {
            Id = id, Name = spec.Name, Grants = spec.Grants, Secrets = [secret], CreatedAt = now, ExpiresAt = spec.ExpiresAt,
            Limits = spec.Limits,
        };
        return new KeyChange("key_create", Before: null, key, dropped);
    }

    public Outcome<KeyChange> Rotate(string id, TimeSpan overlap, KeySecret secret, DateTimeOffset now)
    {
        if (!Find(id).TryGetValue(out var key, out var error)) return error;
        if (IsDead(key, now)) return new ServingError(ErrorCode.Conflict, $"the key {id} is revoked or expired; make a new one");
        var end = now + overlap;
        var kept = key.Secrets
            .Select(old => old.ExpiresAt is { } sooner && sooner < end ? old : old with { ExpiresAt = end })
            .Where(old => old.ExpiresAt > now);

        // One overlap at a time: of several old secrets the youngest stays.
        return new KeyChange("key_rotate", key, key with { Secrets = [.. kept.TakeLast(1), secret] }, Dropped: null);
    }

    public Outcome<KeyChange> Revoke(string id, DateTimeOffset now) =>
        Find(id).TryGetValue(out var key, out var error)
            ? new KeyChange("key_revoke", key, key.RevokedAt is null ? key with { RevokedAt = now } : key, Dropped: null)
            : error;

    /// <param name="id">The key's id.</param>
    /// <param name="limits">What shall hold; null for no limits.</param>
    /// <param name="now">The time.</param>
    public Outcome<KeyChange> Limit(string id, QuotaLimits? limits, DateTimeOffset now)
    {
        if (!Find(id).TryGetValue(out var key, out var error)) return error;
        if (IsDead(key, now)) return new ServingError(ErrorCode.Conflict, $"the key {id} is revoked or expired; it cannot be limited");
        return new KeyChange("key_limit", key, key.Limits == limits ? key : key with { Limits = limits }, Dropped: null);
    }

    /// <summary>Puts a change in force that was answered last, and is on the disk.</summary>
    public void Apply(KeyChange change)
    {
        if (change.Dropped is not null) keys.Remove(change.Dropped.Id);
        keys[change.After.Id] = change.After;
        Snapshot = Take();
    }

    private static bool IsDead(ApiKey key, DateTimeOffset now) => key.RevokedAt is not null || key.ExpiresAt <= now;

    private Outcome<ApiKey> Find(string id) => keys.TryGetValue(id, out var key)
        ? key
        : new ServingError(ErrorCode.NotFound, $"there is no key '{id}'; GET /v2/keys lists them");

    private ApiKey[] Take() => [.. keys.Values.OrderBy(key => key.CreatedAt).ThenBy(key => key.Id, StringComparer.Ordinal)];
}
