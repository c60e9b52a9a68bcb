using Grains.Replicas;
using Grains.Routing;

namespace Grains.Drift;

/// <summary>The replicas of one version, as the grain reaches them that watches it.</summary>
internal sealed class WatchedReplicas(IGrainFactory grains, string model, string version, TimeProvider clock)
{
    /// <summary>Longer than a route table takes to get its rows back.</summary>
    private static readonly TimeSpan RecoveryPatience = TimeSpan.FromSeconds(6);

    /// <summary>A report does not wait longer for what silos have not sent yet.</summary>
    private static readonly TimeSpan FlushPatience = TimeSpan.FromSeconds(1);

    /// <summary>A change is answered after this time even if a silo has not begun to count.</summary>
    private static readonly TimeSpan SettlePatience = TimeSpan.FromSeconds(3);

    private IRouteTable Routes => grains.GetGrain<IRouteTable>(0);

    /// <summary>The version as it is routed to; null when it is not ready. A table that has just started anew is waited for.</summary>
    public async Task<VersionRow?> RowAsync()
    {
        for (var began = clock.GetTimestamp(); ; await Task.Delay(TimeSpan.FromMilliseconds(100)))
        {
            if (await Routes.GetRow(model) is { } standing) return standing.Row?.Versions.FirstOrDefault(v => v.Description.Version == version);
            if (clock.GetElapsedTime(began) > RecoveryPatience) return null;
        }
    }

    /// <summary>Tells every silo whether there is something to count.</summary>
    public Task AnnounceAsync(long number, bool isWatched) =>
        Routes.Publish(new WatchRow { Model = model, Version = version, Number = number, IsWatched = isWatched });

    /// <summary>Waits until every silo that runs the version counts for what is in force now, or does not say so in time.</summary>
    /// <param name="isCounting">Whether the silo of this name does.</param>
    public async Task SettleAsync(Func<string, bool> isCounting)
    {
        for (var began = clock.GetTimestamp(); clock.GetElapsedTime(began) < SettlePatience; await Task.Delay(TimeSpan.FromMilliseconds(20)))
        {
            var row = await RowAsync();
            var silos = await Routes.GetSilos() ?? [];
            if (row is null || row.Replicas.All(r => silos.FirstOrDefault(s => s.Silo.Equals(r.Silo)) is not { } silo || isCounting(silo.Name))) return;
        }
    }

    /// <summary>Has every silo send what it has counted so far. One that does not in time is left out: the report says up to when each is counted.</summary>
    public async Task FlushAsync()
    {
        try
        {
            var replicas = (await RowAsync())?.Replicas ?? [];
            await Task.WhenAll(replicas.Select(r => Replica(r).FlushCounts())).WaitAsync(FlushPatience);
        }
        catch (Exception late) when (ClusterFault.Is(late))
        {
            // As said above.
        }
    }

    /// <summary>Has a replica post an alert: where the version is loaded, the secret is known that signs it. Null when it is loaded nowhere.</summary>
    public async Task<PostReport?> PostAsync(SentAlert alert)
    {
        if ((await RowAsync())?.Replicas is not { Length: > 0 } replicas) return null;
        return await Replica(replicas[Random.Shared.Next(replicas.Length)]).Post(alert);
    }

    private IModelReplica Replica(ReplicaRow row) => grains.GetGrain<IModelReplica>(new ReplicaKey(model, version, row.Ordinal, row.Silo).ToString());
}
