using Grains.Models;
using Grains.Replicas;
using Orleans.Runtime;
using Serving.Models;

namespace Grains.Hosting;

/// <summary>Tells the models' grains how long requests waited here, for versions whose number of replicas may change with the load.</summary>
internal sealed class QueueReports(ModelHost host, IGrainFactory grains, SiloServingOptions options, TimeProvider clock)
    : SiloChore(TimeSpan.FromSeconds(2), clock)
{
    private Dictionary<ServedVersion, (ulong Requests, ulong Nanoseconds)> told = [];

    protected override async Task DoAsync()
    {
        var now = new Dictionary<ServedVersion, (ulong Requests, ulong Nanoseconds)>();
        foreach (var served in host.Served())
        {
            if (!ReplicaBounds.Of(options, served.Replicas).IsElastic) continue;
            var queue = served.ReadStatistics().Queue;
            var before = told.GetValueOrDefault(served);
            now[served] = (queue.Count, queue.Nanoseconds);
            var waited = TimeSpan.FromMicroseconds((queue.Nanoseconds - before.Nanoseconds) / 1000.0);
            try
            {
                await grains.GetGrain<IModelGrain>(served.Metadata.Name).Queued(served.Metadata.Version, (long)(queue.Count - before.Requests), waited);
            }
            catch (Exception lost) when (ClusterFault.Is(lost))
            {
                // The next counts say as much.
            }
        }

        told = now;
    }
}
