using System.Collections.Frozen;
using Serving.Access;

namespace Gateway.Access;

/// <summary>The keys as requests look them up: an immutable snapshot of the store's.</summary>
internal sealed class KeyTable
{
    /// <summary>Stands for keys that are not there, so that looking for one takes the time of a wrong secret.</summary>
    private static readonly KeySecret Nobody = new(new byte[16], new byte[32], default, null);

    private readonly FrozenDictionary<string, Entry> entries;
    private readonly FrozenDictionary<string, Entry>.AlternateLookup<ReadOnlySpan<char>> byId;

    public KeyTable(IReadOnlyList<ApiKey> source)
    {
        Source = source;
        entries = source.ToFrozenDictionary(
            key => key.Id, key => new Entry(key, new Principal($"key:{key.Id}", key.Grants) { Limits = key.Limits }), StringComparer.Ordinal);
        byId = entries.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>What it was made from.</summary>
    public IReadOnlyList<ApiKey> Source { get; }

    /// <summary>No key was ever made.</summary>
    public bool IsEmpty => entries.Count == 0;

    /// <summary>The caller behind a token, or why it lets nobody in.</summary>
    /// <param name="token">What was sent.</param>
    /// <param name="now">The time.</param>
    /// <param name="connection">What is known of the connection; null where nothing is kept.</param>
    /// <param name="fault">Why not.</param>
    public Principal? Open(ReadOnlySpan<char> token, DateTimeOffset now, ConnectionCaller? connection, out AccessFault fault)
    {
        fault = AccessFault.Malformed;
        if (!KeyToken.TryRead(token, out var id, out var secret)) return null;
        fault = AccessFault.Unknown;
        if (!byId.TryGetValue(id, out var entry))
        {
            KeyToken.Opens(secret, Nobody);
            return null;
        }

        // Only who knows the secret learns why it is not taken.
        var key = entry.Key;
        var proof = connection?.Proof;
        if (proof is null || !proof.Covers(key, token))
        {
            if (SecretOf(key, secret) is not { } opened) return null;
            proof = new KeyProof(key, opened, token.ToString());
            if (connection is not null) connection.Proof = proof;
        }

        if (proof.Secret.ExpiresAt <= now) fault = AccessFault.Expired;
        else if (key.RevokedAt is not null) fault = AccessFault.Revoked;
        else if (key.ExpiresAt <= now) fault = AccessFault.Expired;
        else return entry.Principal;
        return null;
    }

    private static KeySecret? SecretOf(ApiKey key, ReadOnlySpan<char> secret)
    {
        for (var i = key.Secrets.Count - 1; i >= 0; i--)
        {
            if (KeyToken.Opens(secret, key.Secrets[i])) return key.Secrets[i];
        }

        return null;
    }

    private sealed record Entry(ApiKey Key, Principal Principal);
}
