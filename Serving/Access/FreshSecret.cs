using System.Security.Cryptography;

namespace Serving.Access;

/// <summary>A secret that was just made: what is kept of it, and the token, which is for the caller only.</summary>
internal sealed record FreshSecret(string KeyId, KeySecret Kept, string Token)
{
    /// <param name="keyId">The key that it is for; null for a new one.</param>
    /// <param name="now">When it is made.</param>
    public static FreshSecret Make(string? keyId, DateTimeOffset now)
    {
        Span<byte> entropy = stackalloc byte[KeyToken.EntropyBytes];
        RandomNumberGenerator.Fill(entropy);
        var id = keyId ?? KeyToken.CreateId(entropy);
        var (kept, token) = KeyToken.Create(id, entropy, now);
        CryptographicOperations.ZeroMemory(entropy);
        return new FreshSecret(id, kept, token);
    }
}
