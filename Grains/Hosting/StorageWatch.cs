using Microsoft.Extensions.Logging;
using Orleans.Clustering.Redis;
using Orleans.Runtime;

namespace Grains.Hosting;

/// <summary>Reads the membership table every two seconds, for <see cref="StorageHealth"/> to judge, and says what changed.</summary>
internal sealed class StorageWatch(IMembershipTable table, ILocalSiloDetails silo, StorageHealth health, TimeProvider clock, ILogger<StorageWatch> log)
    : SiloChore(TimeSpan.FromSeconds(2), clock)
{
    protected override async Task DoAsync()
    {
        try
        {
            var all = await table.ReadAllAsync();
            Judge(health.Seen(all.Version.Version, all.Members.Any(m => m.Item1.SiloAddress.Equals(silo.SiloAddress))));
        }
        catch (RedisClusteringException empty) when (empty.InnerException is null)
        {
            // Redis did answer, and there is no table where this silo has its row.
            Judge(health.Seen(0, hasOwnRow: false));
        }
        catch (Exception away)
        {
            // Whatever the driver throws: it could not be read.
            if (health.Missed()) ClusterLog.StorageAway(log, away.Message);
        }
    }

    private void Judge(bool changed)
    {
        if (!changed) return;
        if (health.State == StorageState.Lost) ClusterLog.StorageLost(log);
        else ClusterLog.StorageBack(log);
    }
}
