using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Serving.Access;

namespace Gateway.Access;

/// <summary>
/// That a token carries a secret of a key was found out by hashing it once. It is kept with the connection that showed it, which has the
/// token in its headers anyway: nobody else's tokens are compared with it.
/// </summary>
/// <param name="key">The key as it was then. A key that has changed is another object, and nothing is known of it.</param>
/// <param name="secret">Which of its secrets it is.</param>
/// <param name="token">What was sent.</param>
internal sealed class KeyProof(ApiKey key, KeySecret secret, string token)
{
    public KeySecret Secret { get; } = secret;

    /// <summary>Whether the same was sent again. Takes the same time for every other token.</summary>
    public bool Covers(ApiKey other, ReadOnlySpan<char> sent) =>
        ReferenceEquals(key, other) && CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(sent), MemoryMarshal.AsBytes(token.AsSpan()));
}
