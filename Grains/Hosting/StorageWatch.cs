using Microsoft.Extensions.Logging;
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
            if (!health.Seen(all.Version.Version, all.Members.Any(m => m.Item1.SiloAddress.Equals(silo.SiloAddress)))) return;
            if (health.State == StorageState.Lost) ClusterLog.StorageLost(log);
            else ClusterLog.StorageBack(log);
        }
        catch (Exception away)
        {
            // Whatever the driver throws: it could not be read.
            if (health.Missed()) ClusterLog.StorageAway(log, away.Message);
        }
    }
}
