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

    /// <summary>Longer than a route table takes to get its rows back.</summary>
    private static readonly TimeSpan RecoveryPatience = TimeSpan.FromSeconds(6);

    /// <summary>A report does not wait longer for what silos have not sent yet.</summary>
    private static readonly TimeSpan FlushPatience = TimeSpan.FromSeconds(1);

    /// <summary>A change is answered after this time even if a silo has not begun to count.</summary>
    private static readonly TimeSpan SettlePatience = TimeSpan.FromSeconds(3);

    private readonly CountingNodes nodes = new();
    private readonly SemaphoreSlim changing = new(1);
    private AlertOutbox outbox = null!;
    private IReadOnlyList<WebhookConfig> webhooks = [];
    private VersionWatch? watch;
    private string fingerprint = "";
    private string? fault;
    private IGrainTimer? beat;
    private Task<bool> saving = Task.FromResult(true);
    private int wanted;
    private int saved;
    private bool closed;

    private string Model { get; set; } = "";

    private string Version { get; set; } = "";

    private IRouteTable Routes => GrainFactory.GetGrain<IRouteTable>(0);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var key = this.GetPrimaryKeyString();
        (Model, Version) = (key[..key.IndexOf('/')], key[(key.IndexOf('/') + 1)..]);
        nodes.Restore(shares.State.Nodes, shares.State.Dropped);
        outbox = new AlertOutbox(Model, Version, PostAsync, clock, log);
        outbox.Restore(evidence.State.Outgoing);
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        numbers.Set(Model, Version, windows: null);
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
            var catalog = watch!.Catalog;
            var read = await Task.Run(() => BaselineBody.Read(body.Bytes, format, column => FeatureMatch.KindOf(catalog, column)));
            if (!read.TryGetValue(out var baseline, out error) || !FeatureMatch.Match(baseline, catalog).TryGetValue(out _, out error)) return DriftWire.Write(error);
            error = await ChangeAsync(BaselineDocument.Write(baseline), learning: 0);
        }

        return error is null ? DriftWire.Write(watch!.Status, DriftWire.Default.BaselineStatus) : DriftWire.Write(error);
    }

    public async Task<SentDocument> GetBaseline()
    {
        if (await EnsureAsync() is { } error) return DriftWire.Write(error);
        await FlushSilosAsync();
        return watch switch
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
        var error = await EnsureAsync() ?? (watch!.IsWatching ? null : Nothing()) ?? await ChangeAsync(null, learning: 0);
        return error is null ? null : SentError.Of(error);
    }

    public async Task<SentDocument> GetReport(int most)
    {
        if (await ReadAsync() is { } error) return DriftWire.Write(error);
        var now = clock.GetUtcNow();
        var report = watch!.Report(now, nodes.Dropped, most) with { Nodes = nodes.Report(now) };
        return DriftWire.Write(report, DriftWire.Default.DriftReport);
    }

    public async Task<SentDocument> GetEvents() => await ReadAsync() is { } error
        ? DriftWire.Write(error)
        : DriftWire.Write(watch!.Events.ToList(), DriftWire.Default.ListDriftAlert);

    public async Task<SentDocument> GetStanding()
    {
        if (await EnsureAsync() is { } error) return DriftWire.Write(error);
        return watch!.Standing() is { } alerts ? DriftWire.Write([.. alerts], DriftWire.Default.ListDriftAlert) : DriftWire.Write(Nothing());
    }

    public async Task<bool?[]> AreFree(Blob alerts)
    {
        await EnsureAsync();
        var others = JsonSerializer.Deserialize(alerts.Bytes.Span, DriftWire.Default.ListDriftAlert)!;
        return [.. others.Select(other => watch is null ? true : watch.IsFree(other))];
    }

    public async Task<SentWatch> GetWatch()
    {
        await EnsureAsync();
        return new SentWatch
        {
            Number = kept.State.Number,
            Baseline = watch?.Baseline is { } baseline ? new Blob(BaselineDocument.Write(baseline)) : null,
            IsLearning = watch?.Learner is not null,
        };
    }

    public async Task<bool> Count(SentCounts counts)
    {
        if (await EnsureAsync() is not null) return false;

        // For a baseline that is no longer in force: of no use.
        if (counts.Number != kept.State.Number) return true;
        nodes.Heard(
            new CountingNode(counts.Node, counts.Incarnation, counts.Until, counts.Dropped, counts.Silo), counts.Number, counts.IsLast, clock.GetUtcNow());
        foreach (var blob in counts.Shares)
        {
            var reader = new StateReader(blob.Bytes.Span);
            var share = PaneSummary.Read(ref reader);
            closed |= share.End <= watch!.ClosedUntil;
            watch.Resume(share);
        }

        foreach (var observation in counts.Observations)
        {
            // Tensors of another copy of the version may be others.
            if (counts.Fingerprint != fingerprint || watch!.Learner is null) break;
            var block = observation.Tensors.Bytes.ToArray();
            if (watch.Add(new Observation(null!, observation.At, "", TimeSpan.Zero, null, observation.Rows, block, block.Length)) is not { } learned) continue;
            await ChangeAsync(BaselineDocument.Write(learned), learning: 0, settle: false);
            break;
        }

        return counts.Shares.Length == 0 && !counts.IsLast || await SaveAsync();
    }

    private ServingError Nothing() => new(
        ErrorCode.NotFound,
        $"model '{Model}' version {Version} has no baseline{(fault is not null ? $": {fault}" : "; upload one with PUT, or put baseline.csv into the model's folder")}");

    /// <summary>Takes what silos have counted so far; an error when nothing is watched.</summary>
    private async Task<ServingError?> ReadAsync()
    {
        if (await EnsureAsync() is { } error) return error;
        if (!watch!.IsWatching) return Nothing();
        await FlushSilosAsync();
        await AdvanceAsync();
        return null;
    }

    private async Task<ServingError?> EnsureAsync()
    {
        if (watch is null) await RefreshAsync();
        return watch is null ? ServingError.NotReady(Model, Version, fault ?? "it is not loaded") : null;
    }

    /// <summary>Watches the version as it is now: its signature may be another one since it was loaded anew.</summary>
    private async Task RefreshAsync()
    {
        await changing.WaitAsync();
        try
        {
            var row = await RowAsync();
            if (row is null || row.Fingerprint == fingerprint) return;
            if (!WatchSetup.Of(row.Description, options.Serving.ModelRepositories).TryGetValue(out var setup, out var error))
            {
                fault = error.Message;
                return;
            }

            var folder = kept.State is { Document: null, Learning: 0, IsRemoved: false } ? await ReadFolderAsync(setup) : null;
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

    /// <summary>The version as it is routed to; null when it is not ready. A table that has just started anew is waited for.</summary>
    private async Task<VersionRow?> RowAsync()
    {
        for (var began = clock.GetTimestamp(); ; await Task.Delay(TimeSpan.FromMilliseconds(100)))
        {
            if (await Routes.GetRow(Model) is { } standing) return standing.Row?.Versions.FirstOrDefault(v => v.Description.Version == Version);
            if (clock.GetElapsedTime(began) > RecoveryPatience) return null;
        }
    }

    /// <summary>The baseline that lies beside the model, or null.</summary>
    private async Task<Baseline?> ReadFolderAsync(DriftSetup setup)
    {
        if (setup.Folder.Length == 0) return null;
        var read = await Task.Run(() => BaselineFiles.Read(setup.Folder, Version, column => FeatureMatch.KindOf(setup.Catalog, column)));
        if (read.TryGetValue(out var baseline, out var error)) return baseline;
        Refuse(error!);
        return null;
    }

    /// <summary>Goes on with what is kept, where it is of the same baseline.</summary>
    private void Begin(VersionWatch next, Baseline? folder)
    {
        var state = watch?.Save() ?? evidence.State.Evidence ?? [];
        var isNew = watch is null;
        watch = next;
        if (kept.State.Learning > 0)
        {
            next.Learn(kept.State.Learning);
            return;
        }

        var baseline = folder;
        if (kept.State.Document is { } document && !BaselineDocument.Read(document).TryGetValue(out baseline, out var damaged)) Refuse(damaged);
        if (baseline is null) return;
        if (next.Set(baseline, state).Error is { } unfit)
        {
            Refuse(unfit);
            return;
        }

        fault = null;
        if (isNew) Resume();
        DriftLog.BaselineSet(log, Model, Version, baseline.Hash, baseline.Count);
    }

    /// <summary>Takes the shares that an earlier life of the grain had confirmed.</summary>
    private void Resume()
    {
        foreach (var share in shares.State.Shares)
        {
            var reader = new StateReader(share);
            watch!.Resume(PaneSummary.Read(ref reader));
        }
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
            var before = kept.State;
            kept.State = before.With(document, learning, Announcement(document, learning), clock.GetUtcNow());
            if (!await WriteAsync(kept) || !await IsMemberAsync())
            {
                kept.State = before;
                return new ServingError(
                    ErrorCode.ModelNotReady,
                    $"the baseline of model '{Model}' version {Version} could not be saved, so nothing has changed; the cluster's storage does not answer",
                    TimeSpan.FromSeconds(5));
            }

            nodes.Clear();
            if (learning > 0) watch!.Learn(learning);
            else if (document is not null) watch!.Set(BaselineDocument.Read(document).Value);
            else watch!.Clear();
            fault = null;
            closed = true;
            await SaveAsync();
            await AnnounceAsync();
        }
        finally
        {
            changing.Release();
        }

        if (settle) await SettleAsync();
        return null;
    }

    private static string Announcement(byte[]? document, int learning) =>
        learning > 0 ? $"learn {learning} {Guid.NewGuid():N}" : document is null ? "" : BaselineDocument.Read(document).Value.Hash;

    /// <summary>Tells every silo whether there is something to count, and looks after it.</summary>
    private async Task AnnounceAsync()
    {
        var now = watch switch { { Baseline: { } baseline } => baseline.Hash, { Learner: not null } => kept.State.Announced, _ => "" };
        if (now != kept.State.Announced)
        {
            kept.State = kept.State.Announce(now, clock.GetUtcNow());
            await WriteAsync(kept);
        }

        await Routes.Publish(new WatchRow { Model = Model, Version = Version, Number = kept.State.Number, IsWatched = watch!.IsWatching });
        var isNeeded = watch.IsWatching || !outbox.IsEmpty;
        if (!isNeeded) beat?.Dispose();
        beat = isNeeded ? beat ?? this.RegisterGrainTimer(_ => AdvanceAsync(), new GrainTimerCreationOptions(Beat, Beat) { KeepAlive = true }) : null;
    }

    /// <summary>Waits until every silo that runs the version counts for what is in force now, or does not say so in time.</summary>
    private async Task SettleAsync()
    {
        if (!watch!.IsWatching) return;
        for (var began = clock.GetTimestamp(); clock.GetElapsedTime(began) < SettlePatience; await Task.Delay(TimeSpan.FromMilliseconds(20)))
        {
            var row = await RowAsync();
            var silos = await Routes.GetSilos() ?? [];
            if (row is null || row.Replicas.All(r => silos.FirstOrDefault(s => s.Silo.Equals(r.Silo)) is not { } silo || nodes.IsCounting(silo.Name, kept.State.Number)))
                return;
        }
    }

    /// <summary>Has a replica post an alert: where the version is loaded, the secret is known that signs it.</summary>
    private async Task<PostReport?> PostAsync(SentAlert alert)
    {
        if ((await RowAsync())?.Replicas is not { Length: > 0 } replicas) return null;
        return await Replica(replicas[Random.Shared.Next(replicas.Length)]).Post(alert);
    }

    private IModelReplica Replica(ReplicaRow row) => GrainFactory.GetGrain<IModelReplica>(new ReplicaKey(Model, Version, row.Ordinal, row.Silo).ToString());

    private async Task FlushSilosAsync()
    {
        try
        {
            var replicas = (await RowAsync())?.Replicas ?? [];
            await Task.WhenAll(replicas.Select(r => Replica(r).FlushCounts())).WaitAsync(FlushPatience);
        }
        catch (Exception late) when (ClusterFault.Is(late))
        {
            // The report says up to when each silo is counted.
        }
    }

    private async Task AdvanceAsync()
    {
        numbers.Set(Model, Version, watch is { Baseline: not null } ? watch.WindowsClosed : null);
        if (outbox.IsUnsaved) await SaveAsync();
        _ = outbox.PostAsync();
        if (watch is not { Baseline: not null }) return;
        SealTheDead();
        var until = watch.ClosedUntil;
        var changes = watch.Advance(clock.GetUtcNow());
        closed |= watch.ClosedUntil != until;
        foreach (var alert in changes) outbox.Add(alert, webhooks);
        if (closed || changes.Count > 0) await SaveAsync();
        foreach (var alert in changes)
        {
            if (alert.State == AlertState.Raised) DriftLog.Raised(log, Model, Version, alert.Id, alert.Severity.ToString(), alert.Message);
            else DriftLog.Cleared(log, Model, Version, alert.Id, alert.Message);
        }

        _ = outbox.PostAsync();
    }

    /// <summary>What a silo that is dead had delivered of its open pane is all that there will be.</summary>
    private void SealTheDead()
    {
        var silos = membership.CurrentSnapshot;
        foreach (var node in nodes.All.Where(n => silos.GetSiloStatus(n.Silo) is SiloStatus.Dead or SiloStatus.None).ToArray())
        {
            foreach (var share in watch!.Waiting.Where(s => !s.Sealed && s.Key.Node == node.Node && s.Key.Incarnation == node.Incarnation).ToArray())
                watch.Resume(share with { Sealed = true });
        }
    }

    /// <summary>Keeps evidence and shares as they are now; callers that come meanwhile share the next write.</summary>
    private async Task<bool> SaveAsync()
    {
        var goal = ++wanted;
        while (saved < goal)
        {
            if (saving.IsCompleted) saving = SaveOnceAsync();
            if (!await saving) return false;
        }

        return true;
    }

    private async Task<bool> SaveOnceAsync()
    {
        await Task.Yield();
        var covers = wanted;
        if (closed || outbox.IsUnsaved)
        {
            closed = false;
            (evidence.State.Evidence, evidence.State.Outgoing) = (watch!.Save(), outbox.Save());
            closed = !await WriteAsync(evidence);
            outbox.Saved(!closed);
        }

        shares.State.Shares = [.. watch!.Waiting.Select(share => share.Write())];
        nodes.Save(shares.State);
        if (closed || !await WriteAsync(shares)) return false;
        saved = covers;
        return true;
    }

    /// <summary>False for a silo that has been cut off: another one has begun from what was there before, and this grain ends.</summary>
    private async Task<bool> IsMemberAsync()
    {
        try
        {
            await standing.ConfirmAsync();
            return true;
        }
        catch (Exception e)
        {
            DriftLog.NotSaved(log, Model, Version, e.Message);
            DeactivateOnIdle();
            return false;
        }
    }

    private async Task<bool> WriteAsync<T>(IPersistentState<T> state)
    {
        try
        {
            await state.WriteStateAsync();
            return true;
        }
        catch (Exception e)
        {
            DriftLog.NotSaved(log, Model, Version, e.Message);

            // Somebody else wrote: another activation has taken over, and this one must begin from what it wrote.
            if (e is InconsistentStateException) DeactivateOnIdle();
            return false;
        }
    }
}
