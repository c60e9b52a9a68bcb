using System.Collections.Frozen;
using Grains.Drift;
using Grains.Hosting;
using Grains.Models;
using Grains.Replicas;
using Grains.Requests;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Serving;
using Serving.Models;
using Serving.Routing;

namespace Grains.Routing;

/// <summary>
/// This process's copy of the route table: takes what is pushed, asks once a second in case a push got lost, and swaps the snapshot
/// that requests read. While the table does not answer, requests go by what was known last.
/// </summary>
internal sealed class RouteFeed(
    IGrainFactory grains, ILocalSiloDetails silo, ModelHost host, RolloutTallies tallies, SiloServingOptions options, TimeProvider clock, ILogger<RouteFeed> log)
    : IRouteObserver, ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly Dictionary<string, ModelRow> models = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TrafficRow> traffic = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Model, string Version), WatchRow> watches = [];
    private readonly Dictionary<string, ClusterModel> compiled = new(StringComparer.Ordinal);
    private readonly Dictionary<SiloAddress, SiloLink> silos = [];
    private readonly CancellationTokenSource stopping = new();
    private volatile ClusterTable table = ClusterTable.Empty;
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IRouteObserver? observer;
    private Task running = Task.CompletedTask;
    private long term;
    private long offered;
    private long version;
    private bool whole;

    /// <summary>The models as requests see them. Read once per request.</summary>
    public ClusterTable Table => table;

    /// <summary>Ends with the next change of the table.</summary>
    public Task NextChange
    {
        get
        {
            lock (gate) return changed.Task;
        }
    }

    /// <summary>The silo is about to stop, and says so when it next asks.</summary>
    public bool IsLeaving { get; set; }

    /// <summary>Replicas that requests may be sent to on a silo.</summary>
    public int ReplicasOn(SiloAddress address) =>
        table.Models.Values.Sum(m => m.Row.Versions.Sum(v => v.Replicas.Count(r => r.Silo.Equals(address))));

    /// <summary>Whether requests may be sent to a replica in this process.</summary>
    public bool LeadsTo(ReplicaKey replica, string fingerprint) =>
        table.Models.GetValueOrDefault(replica.Model)?.Find(replica.Version) is { } version && version.Row.Fingerprint == fingerprint
        && version.Row.Replicas.Any(r => r.Ordinal == replica.Ordinal && r.Silo.Equals(silo.SiloAddress));

    /// <summary>Silos that routes lead to and that are ejected now.</summary>
    public IReadOnlyList<string> Ejected()
    {
        lock (gate) return [.. silos.Values.Where(s => s.IsEjected).Select(s => s.Silo.ToString())];
    }

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(RouteFeed), ServiceLifecycleStage.Active, _ => StartAsync(), _ => StopAsync());

    public Task Apply(RouteDelta delta)
    {
        Merge(delta);
        return Task.CompletedTask;
    }

    private Task StartAsync()
    {
        observer = grains.CreateObjectReference<IRouteObserver>(this);
        running = Task.Run(RunAsync);
        return Task.CompletedTask;
    }

    private async Task StopAsync()
    {
        await stopping.CancelAsync();
        await running;
    }

    private async Task RunAsync()
    {
        using var ticks = new PeriodicTimer(AskEvery, clock);
        try
        {
            do
            {
                await AskAsync();
            }
            while (await ticks.WaitForNextTickAsync(stopping.Token));
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }
    }

    /// <summary>Reports this silo to the table, and takes what is new.</summary>
    public async Task AskAsync()
    {
        try
        {
            var routes = grains.GetGrain<IRouteTable>(0);
            await grains.GetGrain<IRepositoryGrain>(0).Wake();
            var delta = await routes.Subscribe(observer!, Report(), term, version);
            var missing = Merge(delta);
            if (offered != delta.Term) await routes.Offer(silo.SiloAddress, missing);
            offered = delta.Term;
        }
        catch (Exception lost) when (ClusterFault.Is(lost))
        {
            ClusterLog.RoutesLost(log, lost.Message);
        }

        await tallies.ReportAsync();
    }

    private SiloReport Report() => new()
    {
        Silo = silo.SiloAddress, Name = silo.Name, MemoryBudget = options.MemoryBudget, MemoryUsed = host.MemoryUsed, IsLeaving = IsLeaving,
        Loads = host.Loads, Evictions = host.Evictions,
    };

    /// <summary>Takes the newer rows in; gives those that the sender seems not to have.</summary>
    private RouteDelta Merge(RouteDelta delta)
    {
        lock (gate)
        {
            var theirs = delta.Models.ToDictionary(m => m.Model, m => m.Number, StringComparer.Ordinal);
            var theirTraffic = delta.Traffic.ToDictionary(t => t.Model, t => t.Epoch, StringComparer.Ordinal);
            var theirWatches = delta.Watches.ToDictionary(w => (w.Model, w.Version), w => w.Number);
            var dirty = new HashSet<string>(StringComparer.Ordinal);
            foreach (var row in delta.Models)
            {
                if (models.TryGetValue(row.Model, out var held) && held.Number >= row.Number) continue;
                models[row.Model] = row;
                dirty.Add(row.Model);
            }

            foreach (var row in delta.Traffic)
            {
                if (traffic.TryGetValue(row.Model, out var held) && held.Epoch >= row.Epoch) continue;
                traffic[row.Model] = row;
                dirty.Add(row.Model);
            }

            var rewatched = false;
            foreach (var row in delta.Watches)
            {
                if (watches.TryGetValue((row.Model, row.Version), out var held) && held.Number >= row.Number) continue;
                watches[(row.Model, row.Version)] = row;
                rewatched = true;
            }

            var wasWhole = whole;
            whole |= delta.IsWhole;
            if (delta.Term != term || delta.Version > version) (term, version) = (delta.Term, delta.Version);
            if (dirty.Count > 0 || rewatched || whole != wasWhole) Swap(dirty);
            return new RouteDelta
            {
                Term = delta.Term,
                Version = delta.Version,
                Models = [.. models.Values.Where(m => !theirs.TryGetValue(m.Model, out var number) || number < m.Number)],
                Traffic = [.. traffic.Values.Where(t => !theirTraffic.TryGetValue(t.Model, out var epoch) || epoch < t.Epoch)],
                Watches = [.. watches.Values.Where(w => !theirWatches.TryGetValue((w.Model, w.Version), out var number) || number < w.Number)],
            };
        }
    }

    private void Swap(HashSet<string> dirty)
    {
        foreach (var name in dirty)
        {
            if (models.TryGetValue(name, out var row) && row.Index.Length > 0) compiled[name] = Compile(row, traffic.GetValueOrDefault(name));
            else compiled.Remove(name);
        }

        var routed = compiled.Values.SelectMany(m => m.Row.Versions).SelectMany(v => v.Replicas).Select(r => r.Silo).ToHashSet();
        foreach (var (address, link) in silos)
        {
            if (routed.Contains(address)) continue;
            link.Forget();
            silos.Remove(address);
        }

        var settled = whole && compiled.Values.All(m => m.Index.All(i => i.State != ModelState.Loading));
        table = new ClusterTable(compiled.ToFrozenDictionary(StringComparer.Ordinal), [.. watches.Values.Where(w => w.IsWatched)], settled || table.AllReady);
        changed.TrySetResult();
        changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private ClusterModel Compile(ModelRow row, TrafficRow? trafficRow)
    {
        var names = row.Versions.Select(v => v.Description.Version).ToArray();
        var ready = row.Versions.ToDictionary(v => v.Description.Version, v => Compile(v, names), StringComparer.Ordinal);
        if (trafficRow is null) return new ClusterModel(row, ready, ModelRouting.None);
        var document = trafficRow.Document is { } json ? TrafficJson.Read(json.Bytes).Value : null;
        return new ClusterModel(row, ready, new ModelRouting(document, trafficRow.Epoch, tallies.Of(trafficRow), trafficRow.Shadows.ToDictionary(s => s.Version, s => s.Since)));
    }

    private ClusterVersion Compile(VersionRow row, string[] versions)
    {
        var description = row.Description;
        var links = new ReplicaLink[row.Replicas.Length];
        for (var i = 0; i < links.Length; i++)
        {
            var replica = row.Replicas[i];
            var grain = grains.GetGrain<IModelReplica>(new ReplicaKey(description.Model, description.Version, replica.Ordinal, replica.Silo).ToString());
            var local = replica.Silo.Equals(silo.SiloAddress)
                ? host.Find(description.Model, long.Parse(description.Version), row.Fingerprint)
                : null;
            if (!silos.TryGetValue(replica.Silo, out var link)) silos[replica.Silo] = link = new SiloLink(replica.Silo, clock);
            links[i] = new ReplicaLink(grain, link, new ReplicaLane(grain, clock), local);
        }

        return new ClusterVersion(row, description.ToMetadata(versions), links);
    }
}
