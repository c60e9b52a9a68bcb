using System.Collections.Frozen;
using Grains.Drift;
using Grains.Routing;
using Orleans.Runtime;
using Serving;

namespace Grains.Client;

/// <summary>A client's copy of the route table, asked for once a second. While the table does not answer, it stays as it was.</summary>
internal sealed class ClientRoutes(IGrainFactory grains, TimeProvider clock) : ILifecycleParticipant<IClusterClientLifecycle>
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, ModelRow> rows = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TrafficRow> traffic = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Model, string Version), WatchRow> watches = [];
    private readonly CancellationTokenSource stopping = new();
    private volatile IReadOnlyList<WatchRow> watched = [];
    private volatile FrozenDictionary<string, ClientModel> models = FrozenDictionary<string, ClientModel>.Empty;
    private Task running = Task.CompletedTask;
    private long term;
    private long version;
    private volatile bool whole;

    public FrozenDictionary<string, ClientModel> Models => models;

    /// <summary>Why a model that is not known may yet come; null when all are known.</summary>
    public string? WhyNotWhole => whole ? null : "this client does not know all models of the cluster yet";

    /// <summary>The ready versions that are watched, by model and number.</summary>
    public IEnumerable<(string Model, string Version)> Watched() => WatchOrder.Of(watched, (model, version) => models.GetValueOrDefault(model)?.Versions.Contains(version) == true);

    /// <summary>A model; until all are known, one that is not may yet come.</summary>
    public Outcome<ClientModel> Find(string model) => models.TryGetValue(model, out var found) ? found
        : WhyNotWhole is { } why ? ServingError.NotReady(model, null, why)
        : ServingError.ModelNotFound(model);

    /// <summary>The number that a model's version, by number or label, stands for.</summary>
    public Outcome<string> Resolve(string model, string version) =>
        Find(model).TryGetValue(out var found, out var error) && found.Resolve(version).TryGetValue(out var description, out error) ? description.Version : error;

    public void Participate(IClusterClientLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(ClientRoutes), ServiceLifecycleStage.Active, _ => StartAsync(), _ => StopAsync());

    private async Task StartAsync()
    {
        await AskAsync();
        running = Task.Run(RunAsync);
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
            while (await ticks.WaitForNextTickAsync(stopping.Token)) await AskAsync();
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }
    }

    private async Task AskAsync()
    {
        try
        {
            Merge(await grains.GetGrain<IRouteTable>(0).GetIfNewer(term, version));
        }
        catch (Exception lost) when (ClusterFault.Is(lost))
        {
            // What was known last is good enough until the next time.
        }
    }

    private void Merge(RouteDelta delta)
    {
        (term, version) = (delta.Term, delta.Version);
        foreach (var row in delta.Watches)
            if (!watches.TryGetValue((row.Model, row.Version), out var held) || held.Number < row.Number) watches[(row.Model, row.Version)] = row;
        if (delta.Watches.Length > 0) watched = [.. watches.Values];
        foreach (var row in delta.Models)
            if (!rows.TryGetValue(row.Model, out var held) || held.Number < row.Number) rows[row.Model] = row;
        foreach (var row in delta.Traffic)
            if (!traffic.TryGetValue(row.Model, out var held) || held.Epoch < row.Epoch) traffic[row.Model] = row;
        if (delta.Models.Length > 0 || delta.Traffic.Length > 0)
        {
            models = rows.Values.Where(r => r.Index.Length > 0)
                .ToFrozenDictionary(r => r.Model, r => new ClientModel(r, traffic.GetValueOrDefault(r.Model)), StringComparer.Ordinal);
        }

        // Last: whoever sees it must find the models too.
        whole |= delta.IsWhole;
    }
}
