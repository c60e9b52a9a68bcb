using System.Collections.Frozen;
using Serving.Access;

namespace Gateway.Access;

/// <summary>The keys as requests look them up: an immutable snapshot of the store's.</summary>
internal sealed class KeyTable
{
    /// <summary>Stands for keys that are not there, so that looking for one takes the time of a wrong secret.</summary>
    private static readonly KeySecret Nobody = new(new byte[16], new byte[32], default, null);

    /// <summary>Stands for this table where the table itself would be kept from being collected.</summary>
    private readonly object stamp = new();

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
    /// <param name="clock">The time.</param>
    /// <param name="connection">What is known of the connection; null where nothing is kept.</param>
    /// <param name="fault">Why not.</param>
    public Principal? Open(ReadOnlySpan<char> token, TimeProvider clock, ConnectionCaller? connection, out AccessFault fault)
    {
        if (connection?.Proof is not { } proof || !proof.Covers(stamp, token))
        {
            if (Prove(token, out fault) is not { } found) return null;
            proof = found;
            if (connection is not null) connection.Proof = proof;
        }

        return proof.Holds(clock, out fault) ? proof.Principal : null;
    }

    /// <summary>Who a token's key is, by its secret's hash.</summary>
    private KeyProof? Prove(ReadOnlySpan<char> token, out AccessFault fault)
    {
        fault = AccessFault.Malformed;
        if (!KeyToken.TryRead(token, out var id, out var secret)) return null;
        fault = AccessFault.Unknown;
        if (!byId.TryGetValue(id, out var entry))
        {
            KeyToken.Opens(secret, Nobody);
            return null;
        }

        return SecretOf(entry.Key, secret) is { } opened ? new KeyProof(stamp, token.ToString(), entry.Key, opened, entry.Principal) : null;
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
