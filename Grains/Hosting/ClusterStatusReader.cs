using Grains.Routing;
using Orleans.Runtime;

namespace Grains.Hosting;

/// <summary>Reads <see cref="ClusterStatus"/>.</summary>
public sealed class ClusterStatusReader
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly RouteFeed feed;
    private readonly IGrainFactory grains;
    private readonly ILocalSiloDetails silo;
    private readonly StorageHealth storage;
    private readonly PeerReach peers;

    internal ClusterStatusReader(RouteFeed feed, IGrainFactory grains, ILocalSiloDetails silo, StorageHealth storage, PeerReach peers)
    {
        this.storage = storage;
        this.peers = peers;
        this.feed = feed;
        this.grains = grains;
        this.silo = silo;
    }

    public async Task<ClusterStatus> ReadAsync()
    {
        var table = feed.Table;
        var silos = await SilosAsync();
        var staying = silos.Where(s => !s.IsLeaving).Select(s => s.Silo).ToHashSet();
        var versions = table.Models.Values.SelectMany(m => m.Row.Versions).ToArray();
        var replicas = versions.SelectMany(v => v.Replicas).ToArray();
        return new ClusterStatus
        {
            Silo = silo.Name,
            State = feed.IsLeaving ? "leaving" : peers.WhyCutOff is not null ? "cut_off" : table.AllReady ? "ready" : "loading",
            Storage = storage.State,
            Silos = silos,
            Models = table.Models.Count,
            Versions = versions.Length,
            Replicas = replicas.Count(r => staying.Contains(r.Silo)),
            ReplicasElsewhere = replicas.Count(r => !staying.Contains(r.Silo)),
            Parked = versions.Count(v => v.Replicas.Length == 0),
            Suspects = feed.Ejected(),
        };
    }

    private async Task<IReadOnlyList<SiloReport>> SilosAsync()
    {
        try
        {
            return await grains.GetGrain<IRouteTable>(0).GetSilos().WaitAsync(Patience) ?? [];
        }
        catch (Exception lost) when (ClusterFault.Is(lost))
        {
            return [];
        }
    }
}
