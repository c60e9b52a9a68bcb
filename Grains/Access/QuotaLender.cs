using Grains.Hosting;
using Orleans.Runtime;
using Serving.Access.Quotas;

namespace Grains.Access;

/// <summary>
/// Asks the cluster's <see cref="IQuotaGrain"/> for this gateway's part of the limits. Asks for nothing once a second, so that the grain
/// is there before it is needed, and knows who shares.
/// </summary>
internal sealed class QuotaLender(IGrainFactory grains, ILocalSiloDetails silo, IClusterMembershipService membership, TimeProvider clock)
    : SiloChore(TimeSpan.FromSeconds(1), clock), IQuotaLender
{
    private long life;

    public int Sharers => Math.Max(1, membership.CurrentSnapshot.Members.Values.Count(m => m.Status == SiloStatus.Active));

    public async ValueTask<IReadOnlyList<QuotaGrant>?> LeaseAsync(IReadOnlyList<QuotaAsk> asks)
    {
        try
        {
            var sent = await grains.GetGrain<IQuotaGrain>(0).Lease(silo.SiloAddress, Volatile.Read(ref life), [.. asks.Select(SentAsk.Of)]).ConfigureAwait(false);
            Volatile.Write(ref life, sent.Life);
            var grants = new QuotaGrant[asks.Count];
            for (var i = 0; i < grants.Length; i++) grants[i] = new QuotaGrant(sent.Amounts[i], sent.Leases[i]);
            return grants;
        }
        catch (Exception lost) when (ClusterFault.Is(lost))
        {
            return null;
        }
    }

    protected override async Task DoAsync() => await LeaseAsync([]);
}
