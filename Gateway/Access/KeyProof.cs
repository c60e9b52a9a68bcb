using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Serving.Access;

namespace Gateway.Access;

/// <summary>
/// That a token carries a secret of a key was found out by hashing it once. It is kept with the connection that showed it, which has the
/// token in its headers anyway: nobody else's tokens are compared with it.
/// </summary>
/// <param name="table">Stands for the keys as they were then. When one has changed it is another, and nothing is known any more.</param>
/// <param name="token">What was sent.</param>
/// <param name="key">Whose token it is.</param>
/// <param name="secret">Which of its secrets it carries.</param>
/// <param name="principal">Who that is.</param>
internal sealed class KeyProof(object table, string token, ApiKey key, KeySecret secret, Principal principal)
{
    private readonly bool mayEnd = key.ExpiresAt is not null || secret.ExpiresAt is not null;

    public Principal Principal => principal;

    /// <summary>Whether the same was sent again. Takes the same time for every other token of this length.</summary>
    public bool Covers(object present, ReadOnlySpan<char> sent) =>
        ReferenceEquals(table, present) && sent.Length == token.Length && Difference(MemoryMarshal.AsBytes(sent), MemoryMarshal.AsBytes(token.AsSpan())) == 0;

    /// <summary>Whether the key opens now. Only who knows the secret gets here, and learns why it does not.</summary>
    public bool Holds(TimeProvider clock, out AccessFault fault)
    {
        fault = AccessFault.Revoked;
        if (!mayEnd) return key.RevokedAt is null;
        var now = clock.GetUtcNow();
        if (key.RevokedAt is not null && !(secret.ExpiresAt <= now)) return false;
        fault = AccessFault.Expired;
        return !(secret.ExpiresAt <= now || key.ExpiresAt <= now);
    }

    /// <summary>
    /// Every bit that is not the same, whatever the ones before were. Word by word: the framework's comparison in constant time takes a
    /// byte at a time, unoptimized, which for each request is more than all the rest of the door.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong Difference(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var difference = 0UL;
        var at = 0;
        for (; at + sizeof(ulong) <= left.Length; at += sizeof(ulong))
            difference |= MemoryMarshal.Read<ulong>(left[at..]) ^ MemoryMarshal.Read<ulong>(right[at..]);
        for (; at < left.Length; at++) difference |= (uint)(left[at] ^ right[at]);
        return difference;
    }
}
