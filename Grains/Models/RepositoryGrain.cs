using Grains.Hosting;
using Grains.Routing;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Runtime;
using Serving;
using Serving.Models;
using Serving.Models.Config;
using Serving.Models.Repository;

namespace Grains.Models;

/// <summary>
/// Scans the repository for the whole cluster, and watches which silos live; a model's grain is told when either changed for it.
/// </summary>
[Reentrant, KeepAlive]
internal sealed class RepositoryGrain(SiloServingOptions options, ILogger<RepositoryGrain> log) : Grain, IRepositoryGrain
{
    /// <summary>Models told at one time.</summary>
    private const int Fan = 16;

    private readonly RepositoryReader reader = new(
        options.Serving.ModelRepositories, requireStable: options.Serving.ControlMode == ControlMode.Poll);

    private readonly SemaphoreSlim scanning = new(1);
    private readonly Dictionary<string, ModelFolder?> told = new(StringComparer.Ordinal);
    private string silos = "";
    private bool scanned;
    private DateTimeOffset nextScan;

    private IRouteTable Routes => GrainFactory.GetGrain<IRouteTable>(0);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(TickAsync, new GrainTimerCreationOptions(TimeSpan.Zero, TimeSpan.FromMilliseconds(250)) { Interleave = true });
        return Task.CompletedTask;
    }

    public Task Wake() => Task.CompletedTask;

    public async Task<ModelSighting> Look(string model)
    {
        var view = await ReadAsync();
        var folder = view.Models.GetValueOrDefault(model);
        told[model] = folder;
        return Sighting(model, folder);
    }

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        var reports = await Routes.GetSilos();
        var now = string.Join(' ', reports.Select(s => $"{s.Silo}{s.IsLeaving}").Order(StringComparer.Ordinal));
        var silosChanged = now != silos;
        silos = now;
        var changed = await ScanIfDueAsync();
        await TellAsync(silosChanged ? [.. told.Keys] : changed, new HashSet<string>(changed));
        if (scanned) await Routes.MarkWhole();
    }

    /// <summary>The models that changed since the last look.</summary>
    private async Task<List<string>> ScanIfDueAsync()
    {
        var now = DateTimeOffset.UtcNow;
        if (now < nextScan) return [];
        var view = await ReadAsync();
        foreach (var fault in view.Faults) ClusterLog.Unreadable(log, fault);
        var changed = new List<string>();
        foreach (var name in view.Models.Keys.Union(told.Keys).ToArray())
        {
            var folder = view.Models.GetValueOrDefault(name);
            if (told.TryGetValue(name, out var before) && Equals(before, folder)) continue;
            told[name] = folder;
            changed.Add(name);
        }

        scanned = true;
        nextScan = options.Serving.ControlMode != ControlMode.Poll ? DateTimeOffset.MaxValue
            : now + (view.IsChanging ? options.Serving.PollInterval / 8 : options.Serving.PollInterval / 2);
        return changed;
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

    private async Task TellAsync(List<string> names, HashSet<string> changed)
    {
        foreach (var chunk in names.Chunk(Fan)) await Task.WhenAll(chunk.Select(TellOneAsync));

        async Task TellOneAsync(string name)
        {
            try
            {
                await GrainFactory.GetGrain<IModelGrain>(name).Observe(Sighting(name, told[name]));
                if (told[name] is null) told.Remove(name);
            }
            catch (Exception lost) when (lost is OrleansException or TimeoutException)
            {
                // Told again with the next scan.
                ClusterLog.Untold(log, name, lost.Message);
                if (changed.Contains(name)) told.Remove(name);
                nextScan = default;
            }
        }
    }

    private ModelSighting Sighting(string name, ModelFolder? folder)
    {
        if (folder is null) return new ModelSighting { Exists = false };
        var policy = folder.Config?.VersionPolicy;
        return new ModelSighting
        {
            Exists = true,
            Fault = folder.Faults.Count > 0 ? string.Join("; ", folder.Faults) : null,
            Versions = [.. folder.Versions.Select(v => new SightedVersion(v.Number, v.Fingerprint ?? v.Fault ?? ""))],
            ConfigFingerprint = folder.ConfigFingerprint ?? "",
            Latest = policy switch { VersionPolicy.Latest latest => latest.NumVersions, VersionPolicy.All => -1, _ => 0 },
            Numbers = policy is VersionPolicy.Specific specific ? [.. specific.Versions] : [],
            AtStart = options.Serving.LoadModels.Contains("*") || options.Serving.LoadModels.Contains(name),
        };
    }
}
