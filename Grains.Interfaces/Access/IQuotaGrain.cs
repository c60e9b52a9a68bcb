using Orleans.Concurrency;
using Orleans.Runtime;

namespace Grains.Access;

/// <summary>
/// Divides the limits of keys and models among the gateways. One, with the key 0; it keeps nothing on disk. On the way of no request that
/// finds its limit's lease in its own process.
/// </summary>
[Alias("serving.quotas")]
public interface IQuotaGrain : IGrainWithIntegerKey
{
    /// <summary>A grant for each ask, in their order. Every silo asks once a second at the least, if for nothing.</summary>
    /// <param name="silo">Who asks.</param>
    /// <param name="life">The life of this grain that it asked last; 0 for none. Another one may have leases outstanding.</param>
    /// <param name="asks">What for.</param>
    [AlwaysInterleave, ResponseTimeout("00:00:01"), Alias("lease")]
    Task<SentLeases> Lease(SiloAddress silo, long life, SentAsk[] asks);
}
