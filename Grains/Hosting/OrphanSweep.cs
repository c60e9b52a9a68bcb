using Grains.Replicas;
using Grains.Routing;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Grains.Hosting;

/// <summary>
/// Ends replicas that nobody knows: a model's grain whose silo dies between a load and its row leaves one behind, and its successor
/// cannot know of it. What no route has led to for a while, and still does not, is let go.
/// </summary>
internal sealed class OrphanSweep(ModelHost host, RouteFeed feed, IGrainFactory grains, TimeProvider clock, ILogger<OrphanSweep> log)
    : SiloChore(TimeSpan.FromSeconds(10), clock)
{
    /// <summary>Longer than a row takes from a load to every silo, whatever happens on the way.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    private readonly Dictionary<(ReplicaKey, string), long> unroutedSince = [];

    protected override async Task DoAsync()
    {
        var now = Clock.GetTimestamp();
        var unrouted = host.Holders().Where(h => !feed.LeadsTo(h.Replica, h.Fingerprint)).ToHashSet();
        foreach (var gone in unroutedSince.Keys.Where(h => !unrouted.Contains(h)).ToArray()) unroutedSince.Remove(gone);
        foreach (var holder in unrouted)
        {
            if (!unroutedSince.TryGetValue(holder, out var since)) unroutedSince[holder] = now;
            else if (Clock.GetElapsedTime(since, now) > Grace) await EndAsync(holder.Replica);
        }
    }

    private async Task EndAsync(ReplicaKey replica)
    {
        ClusterLog.Orphaned(log, replica.ToString());
        try
        {
            await grains.GetGrain<IModelReplica>(replica.ToString()).Unload();
        }
        catch (Exception lost) when (ClusterFault.Is(lost))
        {
            ClusterLog.RoutesLost(log, lost.Message);
        }
    }
}
