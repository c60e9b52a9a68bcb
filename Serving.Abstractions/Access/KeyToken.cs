using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Serving.Access;

/// <summary>
/// What a caller sends: <c>osk_</c>, the key's id, <c>_</c>, the secret. The id finds the key, the secret opens it. The fixed start
/// lets secret scanners find keys that went where they should not be.
/// </summary>
/// <remarks>
/// A secret is 256 random bits, so that one round of SHA-256 with a salt is enough: slow hashes protect what people choose, and
/// would cost more here than the inference behind them.
/// </remarks>
public static class KeyToken
{
    public const string Prefix = "osk_";

    /// <summary>Characters of an id.</summary>
    public const int IdLength = 12;

    /// <summary>Characters of a secret: 32 bytes in URL-safe base 64.</summary>
    public const int SecretLength = 43;

    /// <summary>Bytes that <see cref="Create"/> needs.</summary>
    public const int EntropyBytes = IdLength + SaltBytes + SecretBytes;

    private const int SaltBytes = 16;
    private const int SecretBytes = 32;
    private const int HashBytes = SHA256.HashSizeInBytes;
    private const string IdDigits = "0123456789abcdefghjkmnpqrstvwxyz";

    /// <summary>A new id from random bytes.</summary>
    public static string CreateId(ReadOnlySpan<byte> entropy) => string.Create(IdLength, entropy, static (id, bytes) =>
    {
        for (var i = 0; i < id.Length; i++) id[i] = IdDigits[bytes[i] & 31];
    });

    /// <summary>A new secret for a key, and the token that carries it. The token is told once and not kept.</summary>
    /// <param name="id">The key's id.</param>
    /// <param name="entropy">At least <see cref="EntropyBytes"/> random bytes, used for nothing else.</param>
    /// <param name="now">When it is made.</param>
    public static (KeySecret Secret, string Token) Create(string id, ReadOnlySpan<byte> entropy, DateTimeOffset now)
    {
        var salt = entropy.Slice(IdLength, SaltBytes).ToArray();
        var text = Base64Url.EncodeToString(entropy.Slice(IdLength + SaltBytes, SecretBytes));
        var hash = new byte[HashBytes];
        Hash(salt, text, hash);
        return (new KeySecret(salt, hash, now, ExpiresAt: null), $"{Prefix}{id}_{text}");
    }

    /// <summary>Takes a token apart. False for what cannot be one.</summary>
    public static bool TryRead(ReadOnlySpan<char> token, out ReadOnlySpan<char> id, out ReadOnlySpan<char> secret)
    {
        id = secret = default;
        if (token.Length != Prefix.Length + IdLength + 1 + SecretLength) return false;
        if (!token.StartsWith(Prefix, StringComparison.Ordinal) || token[Prefix.Length + IdLength] != '_') return false;
        id = token.Slice(Prefix.Length, IdLength);
        secret = token[^SecretLength..];
        return true;
    }

    /// <summary>Whether a secret is the one that was hashed. Takes the same time for every wrong one.</summary>
    public static bool Opens(ReadOnlySpan<char> secret, KeySecret kept)
    {
        Span<byte> hash = stackalloc byte[HashBytes];
        return TryHash(kept.Salt, secret, hash) && CryptographicOperations.FixedTimeEquals(hash, kept.Hash);
    }

    private static void Hash(ReadOnlySpan<byte> salt, ReadOnlySpan<char> secret, Span<byte> hash)
    {
        if (!TryHash(salt, secret, hash)) throw new ArgumentException("A secret is of plain letters.", nameof(secret));
    }

    /// <summary>SHA-256 over the salt and the secret's letters; false when these are not ASCII.</summary>
    private static bool TryHash(ReadOnlySpan<byte> salt, ReadOnlySpan<char> secret, Span<byte> hash)
    {
        Span<byte> text = stackalloc byte[SaltBytes + SecretLength];
        if (salt.Length != SaltBytes || secret.Length != SecretLength) return false;
        salt.CopyTo(text);
        if (!Ascii.IsValid(secret)) return false;
        Encoding.ASCII.GetBytes(secret, text[SaltBytes..]);
        SHA256.HashData(text, hash);
        return true;
    }
}
