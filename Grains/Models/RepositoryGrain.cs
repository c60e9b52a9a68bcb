using Grains.Hosting;
using Grains.Routing;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Runtime;
using Serving;
using Serving.Models;
using Serving.Models.Repository;

namespace Grains.Models;

/// <summary>
/// Scans the repository for the whole cluster, and watches which silos live; a model's grain is told when either changed for it. It
/// keeps nothing: a new one tells every model anew, which changes nothing where nothing changed.
/// </summary>
[Reentrant, KeepAlive]
internal sealed class RepositoryGrain(SiloServingOptions options, TimeProvider clock, ILogger<RepositoryGrain> log) : Grain, IRepositoryGrain
{
    /// <summary>Models told at one time.</summary>
    private const int Fan = 16;

    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(250);

    /// <summary>Without any change, models look whether their replicas could be better off.</summary>
    private static readonly TimeSpan MendEvery = TimeSpan.FromSeconds(30);

    private readonly RepositoryReader reader = new(
        options.Serving.ModelRepositories, requireStable: options.Serving.ControlMode == ControlMode.Poll);

    private readonly SemaphoreSlim scanning = new(1);
    private readonly Dictionary<string, ModelFolder?> known = new(StringComparer.Ordinal);
    private readonly HashSet<string> untold = new(StringComparer.Ordinal);
    private string silos = "";
    private bool scanned;
    private DateTimeOffset nextScan;
    private long mendedAt;

    private IRouteTable Routes => GrainFactory.GetGrain<IRouteTable>(0);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(TickAsync, new GrainTimerCreationOptions(TimeSpan.Zero, Beat) { Interleave = true });
        return Task.CompletedTask;
    }

    public Task Wake() => Task.CompletedTask;

    public async Task<ModelSighting> Look(string model)
    {
        var folder = (await ReadAsync()).Models.GetValueOrDefault(model);
        known[model] = folder;
        return Sighting(model);
    }

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await Routes.GetSilos() is not { } reports) return;
            var now = string.Join(' ', reports.Select(s => $"{s.Silo}{s.IsLeaving}{s.MemoryBudget}").Order(StringComparer.Ordinal));
            if (now != silos || clock.GetElapsedTime(mendedAt) >= MendEvery)
            {
                untold.UnionWith(known.Keys);
                mendedAt = clock.GetTimestamp();
            }

            silos = now;
            await ScanIfDueAsync();
            foreach (var chunk in untold.ToArray().Chunk(Fan)) await Task.WhenAll(chunk.Select(TellAsync));
            if (scanned && untold.Count == 0) await Routes.MarkWhole();
        }
        catch (Exception lost) when (ClusterFault.Is(lost))
        {
            ClusterLog.RoutesLost(log, lost.Message);
        }
    }

    private async Task ScanIfDueAsync()
    {
        var now = clock.GetUtcNow();
        if (now < nextScan) return;
        var view = await ReadAsync();
        foreach (var fault in view.Faults) ClusterLog.Unreadable(log, fault);
        foreach (var name in view.Models.Keys.Union(known.Keys).ToArray())
        {
            var folder = view.Models.GetValueOrDefault(name);
            if (known.TryGetValue(name, out var before) && Equals(before, folder)) continue;
            known[name] = folder;
            untold.Add(name);
        }

        scanned = true;
        nextScan = options.Serving.ControlMode != ControlMode.Poll ? DateTimeOffset.MaxValue
            : now + (view.IsChanging ? options.Serving.PollInterval / 8 : options.Serving.PollInterval / 2);
    }

    private async Task<RepositoryView> ReadAsync()
    {
        await scanning.WaitAsync();
        try
        {
            return await Task.Run(() => reader.Read([]));
        }
        finally
        {
            scanning.Release();
        }
    }

    /// <summary>Tells one model's grain; one that cannot be reached is told with the next beat.</summary>
    private async Task TellAsync(string name)
    {
        try
        {
            untold.Remove(name);
            await GrainFactory.GetGrain<IModelGrain>(name).Observe(Sighting(name));
            if (known[name] is null) known.Remove(name);
        }
        catch (Exception lost) when (ClusterFault.Is(lost))
        {
            ClusterLog.Untold(log, name, lost.Message);
            untold.Add(name);
        }
    }

    private ModelSighting Sighting(string name) =>
        Sightings.Of(known[name], options.Serving.LoadModels.Contains("*") || options.Serving.LoadModels.Contains(name));
}
