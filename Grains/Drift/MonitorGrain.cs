using System.Text;
using System.Text.Json;
using Grains.Hosting;
using Grains.Inference;
using Grains.Replicas;
using Grains.Routing;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Storage;
using Serving;
using Serving.Drift;
using Serving.Drift.Baselines;
using Serving.Drift.Monitoring;
using Serving.Drift.Observing;
using Serving.Drift.Panes;

namespace Grains.Drift;

/// <summary>
/// Drives the <see cref="DriftMonitor"/> of one version for the whole cluster: what <see cref="DriftLoop"/> is in one process. Silos count,
/// each by itself; this merges their shares, closes panes, and keeps baseline, evidence and shares.
/// </summary>
/// <remarks>
/// A baseline is saved before it is in force, and in force in every silo that answers before it is answered. A share is saved before its
/// delivery is confirmed, so that a silo may forget it: what a killed silo delivered is counted, wherever this grain was. A raised alert is
/// saved before anybody is told. Without storage the grain goes on in memory, and silos keep what it could not save.
/// </remarks>
internal sealed class MonitorGrain(
    [PersistentState("drift-baseline", StorageNames.Grains)] IPersistentState<MonitorBaseline> kept,
    [PersistentState("drift-monitor", StorageNames.Grains)] IPersistentState<MonitorState> evidence,
    [PersistentState("drift-shares", StorageNames.Grains)] IPersistentState<MonitorShares> shares,
    SiloServingOptions options, StorageHealth storage, Standing standing, IClusterMembershipService membership, MonitorNumbers numbers, TimeProvider clock,
    ILogger<MonitorGrain> log) : Grain, IMonitorGrain
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim changing = new(1);
    private MonitorStore store = null!;
    private WatchedReplicas replicas = null!;
    private IReadOnlyList<WebhookConfig> webhooks = [];
    private string fingerprint = "";
    private string? fault;
    private IGrainTimer? beat;

    private string Model { get; set; } = "";

    private string Version { get; set; } = "";

    private VersionWatch? Watch => store.Watch;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var key = this.GetPrimaryKeyString();
        (Model, Version) = (key[..key.IndexOf('/')], key[(key.IndexOf('/') + 1)..]);
        replicas = new WatchedReplicas(GrainFactory, Model, Version, clock);
        store = new MonitorStore(Model, Version, kept, evidence, shares, new AlertOutbox(Model, Version, replicas.PostAsync, clock, log), standing, DeactivateOnIdle, log);
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        numbers.Forget(Model, Version);
        return Task.CompletedTask;
    }

    public Task Refresh() => RefreshAsync();

    public async Task<SentDocument> PutBaseline(Blob body, BaselineFormat format)
    {
        if (await EnsureAsync() is { } error) return DriftWire.Write(error);
        if (format == BaselineFormat.Json && LearnJson.IsLearn(body.Bytes.Span))
        {
            if (!LearnJson.Read(body.Bytes, BaselineLearner.MostRows).TryGetValue(out var rows, out error)) return DriftWire.Write(error);
            error = await ChangeAsync(null, rows);
        }
        else
        {
            var catalog = Watch!.Catalog;
            var read = await Task.Run(() => BaselineBody.Read(body.Bytes, format, column => FeatureMatch.KindOf(catalog, column)));
            if (!read.TryGetValue(out var baseline, out error) || !FeatureMatch.Match(baseline, catalog).TryGetValue(out _, out error)) return DriftWire.Write(error);
            error = await ChangeAsync(BaselineDocument.Write(baseline), learning: 0);
        }

        return error is null ? DriftWire.Write(Watch!.Status, DriftWire.Default.BaselineStatus) : DriftWire.Write(error);
    }

    public async Task<SentDocument> GetBaseline()
    {
        if (await EnsureAsync() is { } error) return DriftWire.Write(error);
        await replicas.FlushAsync();
        return Watch switch
        {
            { Baseline: { } baseline } => new SentDocument { Json = new Blob(BaselineDocument.Write(baseline)) },
            { Learner: { } learner } => new SentDocument
            {
                Json = new Blob(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{{\"learn\":{{\"requests\":{learner.Wanted},\"seen\":{learner.Rows}}}}}"))),
            },
            _ => DriftWire.Write(Nothing()),
        };
    }

    public async Task<SentError?> DeleteBaseline()
    {
        var error = await EnsureAsync() ?? (Watch!.IsWatching ? null : Nothing()) ?? await ChangeAsync(null, learning: 0);
        return error is null ? null : SentError.Of(error);
    }

    public async Task<SentDocument> GetReport(int most)
    {
        if (await ReadAsync() is { } error) return DriftWire.Write(error);
        var now = clock.GetUtcNow();
        var report = Watch!.Report(now, store.Nodes.Dropped, most) with { Nodes = store.Nodes.Report(now) };
        return DriftWire.Write(report, DriftWire.Default.DriftReport);
    }

    public async Task<SentDocument> GetEvents() => await ReadAsync() is { } error
        ? DriftWire.Write(error)
        : DriftWire.Write(Watch!.Events.ToList(), DriftWire.Default.ListDriftAlert);

    public async Task<SentDocument> GetStanding()
    {
        if (await EnsureAsync() is { } error) return DriftWire.Write(error);
        return Watch!.Standing() is { } alerts ? DriftWire.Write([.. alerts], DriftWire.Default.ListDriftAlert) : DriftWire.Write(Nothing());
    }

    public async Task<bool?[]> AreFree(Blob alerts)
    {
        await EnsureAsync();
        var others = JsonSerializer.Deserialize(alerts.Bytes.Span, DriftWire.Default.ListDriftAlert)!;
        return [.. others.Select(other => Watch is null ? true : Watch.IsFree(other))];
    }

    public async Task<SentWatch> GetWatch()
    {
        await EnsureAsync();
        return new SentWatch
        {
            Number = store.Baseline.Number,
            Baseline = Watch?.Baseline is { } baseline ? new Blob(BaselineDocument.Write(baseline)) : null,
            IsLearning = Watch?.Learner is not null,
        };
    }

    public async Task<bool> Count(SentCounts counts)
    {
        if (await EnsureAsync() is not null) return false;

        // For a baseline that is no longer in force: of no use.
        if (counts.Number != store.Baseline.Number) return true;
        store.Nodes.Heard(
            new CountingNode(counts.Node, counts.Incarnation, counts.Until, counts.Dropped, counts.Silo), counts.Number, counts.IsLast, clock.GetUtcNow());
        foreach (var blob in counts.Shares)
        {
            var reader = new StateReader(blob.Bytes.Span);
            store.Take(PaneSummary.Read(ref reader));
        }

        foreach (var observation in counts.Observations)
        {
            // Tensors of another copy of the version may be others.
            if (counts.Fingerprint != fingerprint || Watch!.Learner is null) break;
            var block = observation.Tensors.Bytes.ToArray();
            if (Watch.Add(new Observation(null!, observation.At, TimeSpan.Zero, null, observation.Rows, block, block.Length)) is not { } learned) continue;
            await ChangeAsync(BaselineDocument.Write(learned), learning: 0, settle: false);
            break;
        }

        return counts.Shares.Length == 0 && !counts.IsLast || await store.SaveAsync();
    }

    public async Task<bool> Tell(Blob alerts)
    {
        if (await EnsureAsync() is not null) return false;
        foreach (var alert in JsonSerializer.Deserialize(alerts.Bytes.Span, DriftWire.Default.ListDriftAlert)!) store.Outbox.Add(alert, webhooks);
        if (!store.Outbox.IsUnsaved) return true;
        SetBeat();
        if (!await store.SaveAsync()) return false;
        _ = store.Outbox.PostAsync();
        return true;
    }

    private ServingError Nothing() => new(
        ErrorCode.NotFound,
        $"model '{Model}' version {Version} has no baseline{(fault is not null ? $": {fault}" : "; upload one with PUT, or put baseline.csv into the model's folder")}");

    /// <summary>Takes what silos have counted so far; an error when nothing is watched.</summary>
    private async Task<ServingError?> ReadAsync()
    {
        if (await EnsureAsync() is { } error) return error;
        if (!Watch!.IsWatching) return Nothing();
        await replicas.FlushAsync();
        await AdvanceAsync();
        return null;
    }

    private async Task<ServingError?> EnsureAsync()
    {
        if (Watch is null) await RefreshAsync();
        return Watch is null ? ServingError.NotReady(Model, Version, fault ?? "it is not loaded") : null;
    }

    /// <summary>Watches the version as it is now: its signature may be another one since it was loaded anew.</summary>
    private async Task RefreshAsync()
    {
        await changing.WaitAsync();
        try
        {
            var row = await replicas.RowAsync();
            if (row is null || row.Fingerprint == fingerprint) return;
            if (!WatchSetup.Of(row.Description, options.Serving.ModelRepositories).TryGetValue(out var setup, out var error))
            {
                fault = error.Message;
                return;
            }

            var folder = store.Baseline is { Document: null, Learning: 0, IsRemoved: false } ? await ReadFolderAsync(setup) : null;
            Begin(new VersionWatch(row.Description.ToMetadata([Version]), setup.Settings, setup.Catalog, setup.Quality?.Judged, null, "", 0), folder);
            fingerprint = row.Fingerprint;
            webhooks = setup.Settings.Webhooks;
            await AnnounceAsync();
        }
        finally
        {
            changing.Release();
        }
    }

    /// <summary>The baseline that lies beside the model, or null.</summary>
    private async Task<Baseline?> ReadFolderAsync(DriftSetup setup)
    {
        if (setup.Folder.Length == 0) return null;
        var read = await Task.Run(() => BaselineFiles.Read(setup.Folder, Version, setup.Settings.IsBaselineInTimeOrder, column => FeatureMatch.KindOf(setup.Catalog, column)));
        if (read.TryGetValue(out var baseline, out var error)) return baseline;
        Refuse(error!);
        return null;
    }

    /// <summary>Goes on with what is kept, where it is of the same baseline.</summary>
    private void Begin(VersionWatch next, Baseline? folder)
    {
        var state = store.Evidence;
        var isNew = Watch is null;
        store.Watch = next;
        if (store.Baseline.Learning > 0)
        {
            next.Learn(store.Baseline.Learning);
            return;
        }

        var baseline = folder;
        if (store.Baseline.Document is { } document && !BaselineDocument.Read(document).TryGetValue(out baseline, out var damaged)) Refuse(damaged);
        if (baseline is null) return;
        if (next.Set(baseline, state).Error is { } unfit)
        {
            Refuse(unfit);
            return;
        }

        fault = null;
        if (isNew) store.Resume();
        DriftLog.BaselineSet(log, Model, Version, baseline.Hash, baseline.Count);
    }

    private void Refuse(ServingError error)
    {
        fault = error.Message;
        DriftLog.NotWatched(log, Model, Version, error.Message);
    }

    /// <summary>Keeps what to compare with, then puts it in force everywhere.</summary>
    private async Task<ServingError?> ChangeAsync(byte[]? document, int learning, bool settle = true)
    {
        if (storage.Refusal is { } refused) return refused;
        await changing.WaitAsync();
        try
        {
            if (!await store.ReplaceAsync(store.Baseline.With(document, learning, Announcement(document, learning), clock.GetUtcNow())))
            {
                return new ServingError(
                    ErrorCode.ModelNotReady,
                    $"the baseline of model '{Model}' version {Version} could not be saved, so nothing has changed; the cluster's storage does not answer",
                    TimeSpan.FromSeconds(5));
            }

            if (learning > 0) Watch!.Learn(learning);
            else if (document is not null) Watch!.Set(BaselineDocument.Read(document).Value);
            else Watch!.Clear();
            fault = null;
            await store.SaveAsync();
            await AnnounceAsync();
        }
        finally
        {
            changing.Release();
        }

        if (settle && Watch.IsWatching) await replicas.SettleAsync(silo => store.Nodes.IsCounting(silo, store.Baseline.Number));
        return null;
    }

    private static string Announcement(byte[]? document, int learning) =>
        learning > 0 ? $"learn {learning} {Guid.NewGuid():N}" : document is null ? "" : BaselineDocument.Read(document).Value.Hash;

    /// <summary>Tells every silo whether there is something to count, and looks after it.</summary>
    private async Task AnnounceAsync()
    {
        var now = Watch switch { { Baseline: { } baseline } => baseline.Hash, { Learner: not null } => store.Baseline.Announced, _ => "" };
        if (now != store.Baseline.Announced) await store.AnnounceAsync(now, clock.GetUtcNow());
        await replicas.AnnounceAsync(store.Baseline.Number, Watch!.IsWatching);
        SetBeat();
    }

    /// <summary>Looks after the version as long as there is something to look after.</summary>
    private void SetBeat()
    {
        if (Watch!.IsWatching || store.Outbox is { Count: > 0 } or { IsUnsaved: true })
        {
            beat ??= this.RegisterGrainTimer(_ => AdvanceAsync(), new GrainTimerCreationOptions(Beat, Beat) { KeepAlive = true });
            return;
        }

        beat?.Dispose();
        beat = null;
    }

    private async Task AdvanceAsync()
    {
        numbers.Set(Model, Version, Watch is { Baseline: not null } ? Watch.WindowsClosed : null, store.Outbox.Count);
        if (store.Outbox.IsUnsaved) await store.SaveAsync();
        _ = store.Outbox.PostAsync();
        if (Watch is { Baseline: not null })
        {
            SealTheDead();
            foreach (var alert in await store.AdvanceAsync(clock.GetUtcNow(), webhooks)) DriftLog.Tell(log, Model, Version, alert);
            _ = store.Outbox.PostAsync();
        }

        SetBeat();
    }

    /// <summary>What a silo that is dead had delivered of its open pane is all that there will be.</summary>
    private void SealTheDead()
    {
        var silos = membership.CurrentSnapshot;
        foreach (var node in store.Nodes.All.Where(n => silos.GetSiloStatus(n.Silo) is SiloStatus.Dead or SiloStatus.None).ToArray())
        {
            foreach (var share in Watch!.Waiting.Where(s => !s.Sealed && s.Key.Node == node.Node && s.Key.Incarnation == node.Incarnation).ToArray())
                Watch.Resume(share with { Sealed = true });
        }
    }
}
