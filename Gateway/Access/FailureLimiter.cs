using System.Net;
using System.Net.Sockets;

namespace Gateway.Access;

/// <summary>
/// How many wrong credentials an address may send: a bucket of attempts that fills again with time.
/// </summary>
/// <remarks>
/// A machine: it knows no clock. Its memory is fixed: addresses share a few thousand buckets by a seeded hash, so that nobody can
/// choose whom they share with. Networks of IPv6 count as one address up to the 64th bit. It only ever refuses those who failed:
/// a good credential is never asked here, whatever else comes from its address.
/// </remarks>
/// <param name="perMinute">Attempts a minute, and at once after a minute's rest.</param>
/// <param name="seed">Of the hash.</param>
internal sealed class FailureLimiter(int perMinute, int seed)
{
    private const int Buckets = 4096;

    private readonly Lock gate = new();
    private readonly Bucket[] buckets = new Bucket[Buckets];
    private readonly double perSecond = perMinute / 60.0;

    /// <summary>Counts a failure. Null while the address may fail, else how long it should wait.</summary>
    /// <param name="address">Where the attempt came from; null when that is not known.</param>
    /// <param name="now">Seconds of any steady clock.</param>
    public TimeSpan? Count(IPAddress? address, double now)
    {
        lock (gate)
        {
            ref var bucket = ref buckets[(uint)Hash(address) % Buckets];
            bucket.Spent = Math.Max(0, bucket.Spent - (now - bucket.At) * perSecond);
            bucket.At = now;
            if (bucket.Spent + 1 > perMinute) return TimeSpan.FromSeconds((bucket.Spent + 1 - perMinute) / perSecond);
            bucket.Spent++;
            return null;
        }
    }

    private int Hash(IPAddress? address)
    {
        if (address is null) return 0;
        Span<byte> bytes = stackalloc byte[16];
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        address.TryWriteBytes(bytes, out var length);
        if (address.AddressFamily == AddressFamily.InterNetworkV6) length = 8;
        var hash = default(HashCode);
        hash.Add(seed);
        hash.AddBytes(bytes[..length]);
        return hash.ToHashCode();
    }

    private struct Bucket
    {
        public double Spent;
        public double At;
    }
}
