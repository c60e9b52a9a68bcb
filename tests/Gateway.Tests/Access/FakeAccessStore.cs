using Serving;
using Serving.Access;
using Serving.Access.Quotas;

namespace Gateway.Tests.Access;

/// <summary>Keys and notes in memory.</summary>
internal sealed class FakeAccessStore : IAccessStore
{
    private readonly List<AuditEntry> notes = [];

    // The same keys every time, so that they may stand in golden files.
    private readonly Random random = new(1);

    public IReadOnlyList<ApiKey> Keys { get; private set; } = [];

    /// <summary>What recording a note answers; null for success.</summary>
    public ServingError? AuditError { get; set; }

    public IReadOnlyList<ModelLimits> ModelLimits { get; private set; } = [];

    /// <summary>A key, and the token that opens it.</summary>
    public string Add(
        AccessScope scope, string models = "*", DateTimeOffset? expires = null, bool revoked = false, QuotaLimits? limits = null)
    {
        var (key, token) = Make(new KeySpec("test", [new AccessGrant(scope, models)], expires, limits));
        Keys = [.. Keys, key with { RevokedAt = revoked ? DateTimeOffset.UnixEpoch : null }];
        return token;
    }

    public ValueTask<Outcome<IssuedKey>> CreateAsync(KeySpec spec, Actor actor, CancellationToken cancellationToken)
    {
        var (key, token) = Make(spec);
        Keys = [.. Keys, key];
        return new(new IssuedKey(key, token));
    }

    public ValueTask<Outcome<IssuedKey>> RotateAsync(string id, TimeSpan overlap, Actor actor, CancellationToken cancellationToken)
    {
        var old = Keys.Single(key => key.Id == id);
        var (secret, token) = KeyToken.Create(id, Entropy(), DateTimeOffset.UnixEpoch);
        var rotated = old with { Secrets = [old.Secrets[^1] with { ExpiresAt = DateTimeOffset.UnixEpoch + overlap }, secret] };
        Keys = [.. Keys.Where(key => key.Id != id), rotated];
        return new(new IssuedKey(rotated, token));
    }

    public ValueTask<Outcome<ApiKey>> RevokeAsync(string id, Actor actor, CancellationToken cancellationToken)
    {
        if (Keys.FirstOrDefault(key => key.Id == id) is not { } found) return new(new ServingError(ErrorCode.NotFound, $"there is no key '{id}'"));
        var revoked = found with { RevokedAt = DateTimeOffset.UnixEpoch };
        Keys = [.. Keys.Where(key => key.Id != id), revoked];
        return new(revoked);
    }

    public ValueTask<Outcome<ApiKey>> LimitKeyAsync(string id, QuotaLimits? limits, Actor actor, CancellationToken cancellationToken)
    {
        if (Keys.FirstOrDefault(key => key.Id == id) is not { } found) return new(new ServingError(ErrorCode.NotFound, $"there is no key '{id}'"));
        var limited = found with { Limits = limits };
        Keys = [.. Keys.Where(key => key.Id != id), limited];
        return new(limited);
    }

    public ValueTask<Outcome<Done>> LimitModelAsync(string model, QuotaLimits? limits, Actor actor, CancellationToken cancellationToken)
    {
        var others = ModelLimits.Where(row => row.Model != model);
        ModelLimits = [.. limits is null ? others : others.Append(new ModelLimits(model, limits))];
        return new(default(Done));
    }

    public ValueTask<Outcome<Done>> RecordAsync(AuditNote note, CancellationToken cancellationToken)
    {
        if (AuditError is not null) return new(AuditError);
        notes.Add(new AuditEntry(notes.Count + 1, DateTimeOffset.UnixEpoch, note));
        return new(default(Done));
    }

    public ValueTask<Outcome<IReadOnlyList<AuditEntry>>> ReadAuditAsync(long after, CancellationToken cancellationToken) =>
        new(notes.Where(note => note.Sequence > after).ToArray());

    private byte[] Entropy()
    {
        var bytes = new byte[KeyToken.EntropyBytes];
        random.NextBytes(bytes);
        return bytes;
    }

    private (ApiKey Key, string Token) Make(KeySpec spec)
    {
        var entropy = Entropy();
        var id = KeyToken.CreateId(entropy);
        var (secret, token) = KeyToken.Create(id, entropy, DateTimeOffset.UnixEpoch);
        var key = new ApiKey
        {
            Id = id, Name = spec.Name, Grants = spec.Grants, Secrets = [secret], CreatedAt = DateTimeOffset.UnixEpoch, ExpiresAt = spec.ExpiresAt, Limits = spec.Limits,
        };
        return (key, token);
    }
}
