using System.Globalization;
using System.Text.Json;
using Grains.Hosting;
using Grains.Replicas;
using Grains.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Runtime;
using Orleans.Storage;
using Serving;
using Serving.Drift;
using Serving.Drift.Panes;
using Serving.Drift.Quality;
using Serving.Models;

namespace Grains.Drift.Quality;

/// <summary>
/// Drives the <see cref="ModelQuality"/> of one model for the whole cluster: what <see cref="QualityDesk"/> is in one process.
/// </summary>
/// <remarks>
/// <para>Answers wait here and not where they ran: a truth names a request and may come a day later at any gateway, when the silo that ran
/// it has long been replaced. So a truth finds its answer in one place, one machine counts all, in the order in which truths come, and
/// losing a silo loses no more than it had not sent yet.</para>
/// <para>Once a model has had a truth, answers and truths are kept before they are confirmed: silos send again what is not, and a truth
/// that was acknowledged outlives every silo. Until then answers are kept in memory, and on the disk only when the grain ends in order.
/// Both count once however often they come, being named by request and row.</para>
/// <para>Reentrant: no await stands between reading and changing what a decision rests on.</para>
/// </remarks>
[Reentrant]
internal sealed class QualityGrain : Grain, IQualityGrain
{
    /// <summary>Versions that are gone and whose evidence is kept, should they come back.</summary>
    private const int MostGone = 16;

    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SnapshotEvery = TimeSpan.FromMinutes(1);

    /// <summary>A report, and a truth whose answer is not known, wait no longer for what silos have not sent yet.</summary>
    private static readonly TimeSpan FlushPatience = TimeSpan.FromSeconds(1);

    /// <summary>What waits for the versions' routes. Longer than a route table takes to get its rows back.</summary>
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(6);

    private readonly SiloServingOptions options;
    private readonly StorageHealth storage;
    private readonly IClusterMembershipService membership;
    private readonly MonitorNumbers numbers;
    private readonly TimeProvider clock;
    private readonly ILogger<QualityGrain> log;
    private readonly SharedRun keeping;
    private readonly SharedRun flushing;
    private readonly CountingNodes nodes = new();
    private readonly AlertRelay relay;
    private readonly Dictionary<string, string> fingerprints = new(StringComparer.Ordinal);
    private Dictionary<string, JudgedVersion> stored = [];
    private ModelQuality quality = null!;
    private QualityJournal journal = null!;
    private Task? started;
    private ModelRow? row;
    private DateTimeOffset snapshotAt;
    private IGrainTimer? beat;
    private bool isShown;
    private bool isSnapshotDue = true;
    private bool isStale;

    public QualityGrain(
        SiloServingOptions options, StorageHealth storage, IClusterMembershipService membership, MonitorNumbers numbers, TimeProvider clock, ILogger<QualityGrain> log)
    {
        this.options = options;
        this.storage = storage;
        this.membership = membership;
        this.numbers = numbers;
        this.clock = clock;
        this.log = log;
        keeping = new SharedRun(KeepOnceAsync);
        flushing = new SharedRun(FlushOnceAsync);
        relay = new AlertRelay(TellAsync, GiveUp);
    }

    private string Model => this.GetPrimaryKeyString();

    private IRouteTable Routes => GrainFactory.GetGrain<IRouteTable>(0);

    public async Task<bool> Take(SentInstances answered)
    {
        await StartAsync();
        var instances = Read(answered.Instances.Bytes.Span);
        if (instances.Exists(instance => quality.Find(instance.Version) is null)) await RefreshAsync();
        var node = new CountingNode(answered.Node, answered.Incarnation, answered.Until, 0, answered.Silo);
        nodes.Heard(node, 0, answered.IsLast, clock.GetUtcNow());
        if (instances.Count == 0 && !answered.IsLast) return true;
        Count(instances);
        return !quality.HasTruths || await KeepAsync(new JournalEntry(answered.Instances, clock.GetUtcNow(), node, answered.IsLast));
    }

    public async Task<SentDocument> Post(Blob truths)
    {
        if (storage.Refusal is { } refused) return DriftWire.Write(refused);
        await StartAsync();
        if (quality.Versions.Count == 0) await RefreshAsync();
        if (quality.Versions.Count == 0) return DriftWire.Write(ModelQuality.NothingToJudge(Model));
        var read = JsonSerializer.Deserialize(truths.Bytes.Span, DriftWire.Default.IReadOnlyListFeedback)!;
        if (read.Any(truth => !quality.IsAnswered(new InstanceKey(truth.Id, truth.Index)))) await flushing.RunAsync();

        var now = clock.GetUtcNow();
        var receipt = quality.Take(read, now);
        return await KeepAsync(new JournalEntry(truths, now))
            ? DriftWire.Write(receipt, DriftWire.Default.FeedbackReceipt)
            : DriftWire.Write(new ServingError(
                ErrorCode.ModelNotReady,
                $"the cluster's storage does not confirm the truths about model '{Model}'; send them again, they count once",
                TimeSpan.FromSeconds(5)));
    }

    public async Task<SentDocument> GetReport(string version)
    {
        await StartAsync();
        await flushing.RunAsync();
        quality.Expire(clock.GetUtcNow());
        if (quality.Report(version) is not { } report) return DriftWire.Write(ModelQuality.NotJudged(Model, version));
        ForgetIdleNodes();
        return DriftWire.Write(report with { Nodes = nodes.Report(clock.GetUtcNow()) }, DriftWire.Default.QualityReport);
    }

    public async Task<SentDocument> GetEvents(string version)
    {
        await StartAsync();
        return DriftWire.Write([.. quality.Find(version)?.Events ?? []], DriftWire.Default.ListDriftAlert);
    }

    public async Task<SentArm[]> ReadArms(long rollout)
    {
        await StartAsync();
        return [.. quality.ReadArms(rollout).Select(arm => new SentArm(arm.Epoch, arm.Version, arm.Truths, arm.Wrong, arm.TestedWrong))];
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        numbers.ForgetJudged(Model);
        if (row is null || isStale || (!quality.HasGrown && !quality.HasTruths)) return;
        isSnapshotDue = true;
        await keeping.RunAsync().WaitAsync(cancellationToken);
    }

    private static List<Instance> Read(ReadOnlySpan<byte> bytes)
    {
        var instances = new List<Instance>();
        var state = new StateReader(bytes);
        while (!state.AtEnd) instances.Add(Instance.Read(ref state));
        return instances;
    }

    /// <summary>Once per life: goes on with what is kept. A failure is the caller's, and the next caller tries again.</summary>
    private async Task StartAsync()
    {
        var starting = started ??= ResumeAsync();
        try
        {
            await starting;
        }
        catch
        {
            if (started == starting) started = null;
            throw;
        }
    }

    private async Task ResumeAsync()
    {
        journal = new QualityJournal(ServiceProvider.GetRequiredKeyedService<IGrainStorage>(StorageNames.Grains), GrainContext.GrainId);
        var entries = await journal.LoadAsync();

        // What is kept is of versions: they must be known before it is counted.
        var began = clock.GetTimestamp();
        ModelRow? known;
        while ((known = (await Routes.GetRow(Model))?.Row) is null || known.Index.Any(entry => entry.State == ModelState.Loading))
        {
            if (clock.GetElapsedTime(began) < StartPatience) await Task.Delay(TimeSpan.FromMilliseconds(100));
            else if (known is null) throw new TimeoutException($"the versions of model '{Model}' are not known yet");
            else break;
        }

        try
        {
            Begin(journal.Snapshot, known);
            foreach (var entry in entries) Count(entry);
        }
        catch (Exception damaged) when (damaged is FormatException or ArgumentException or JsonException)
        {
            DriftLog.NotRead(log, $"the stored quality of model '{Model}' is damaged: {damaged.Message}");
            Begin(new QualitySnapshot(), known);
        }

        snapshotAt = clock.GetUtcNow();
        isSnapshotDue = !quality.HasTruths;
        SetBeat();
    }

    private void Begin(QualitySnapshot snapshot, ModelRow known)
    {
        quality = new ModelQuality(Model);
        nodes.Clear();
        nodes.Restore(snapshot.Nodes, dropped: 0);
        relay.Restore(snapshot.Alerts);
        if (snapshot.Answers is { } answers)
        {
            if (ModelQuality.Restore(Model, answers).TryGetValue(out var restored, out var error)) quality = restored;
            else DriftLog.NotRead(log, error.Message);
            quality.ResumeCounts(snapshot.Counts);
        }

        (row, stored) = (null, snapshot.Versions);
        fingerprints.Clear();
        Serve(known);
    }

    /// <summary>Takes what the journal has as it was taken when it came.</summary>
    private void Count(JournalEntry entry)
    {
        if (entry.Node is null)
        {
            quality.Take(JsonSerializer.Deserialize(entry.Body.Bytes.Span, DriftWire.Default.IReadOnlyListFeedback)!, entry.At);
            return;
        }

        nodes.Heard(entry.Node, 0, entry.IsLast, entry.At);
        Count(Read(entry.Body.Bytes.Span));
    }

    private void Count(List<Instance> instances)
    {
        foreach (var instance in instances) quality.Answer(instance.Version, instance.Key, instance.Answer!, instance.AnsweredAt, instance.Draw);
    }

    private async Task RefreshAsync()
    {
        if ((await Routes.GetRow(Model))?.Row is { } known) Serve(known);
    }

    /// <summary>Judges the versions as they are now: how may be another one since one was loaded anew.</summary>
    private void Serve(ModelRow next)
    {
        if (row is not null && next.Number <= row.Number) return;
        row = next;
        foreach (var version in next.Versions)
            if (fingerprints.GetValueOrDefault(version.Description.Version) != version.Fingerprint) Serve(version);
        foreach (var gone in fingerprints.Keys.Where(judged => !Array.Exists(next.Versions, v => v.Description.Version == judged)).ToArray()) Drop(gone);
        foreach (var old in stored.Keys.OrderByDescending(version => long.Parse(version, CultureInfo.InvariantCulture)).Skip(MostGone).ToArray()) stored.Remove(old);
    }

    private void Serve(VersionRow version)
    {
        var name = version.Description.Version;
        Drop(name);
        if (!WatchSetup.Of(version.Description, options.Serving.ModelRepositories).TryGetValue(out var setup, out var error))
        {
            DriftLog.NotRead(log, error.Message);
            return;
        }

        if (setup.Quality is not { } settings) return;
        stored.Remove(name, out var before);
        if (quality.Serve(name, settings.Options, before?.Evidence ?? []) is { } unfit) DriftLog.NotRead(log, unfit.Message);
        if (before?.Fingerprint == version.Fingerprint) quality.ResumeCounts(quality.Find(name)!, before.Counts);
        fingerprints[name] = version.Fingerprint;
    }

    private void Drop(string version)
    {
        if (quality.Find(version) is not { } monitor) return;
        stored[version] = Keep(version, monitor);
        quality.Drop(version);
        fingerprints.Remove(version);
    }

    private JudgedVersion Keep(string version, QualityMonitor monitor) => new(fingerprints[version], monitor.Save(), quality.SaveCounts(monitor));

    /// <summary>Judges what came and keeps it; an alert that changed is kept before anybody is told.</summary>
    private async Task<bool> KeepAsync(JournalEntry entry)
    {
        if (!isSnapshotDue) journal.Add(entry);
        var now = clock.GetUtcNow();
        var changes = quality.Advance(now);
        foreach (var (version, alert) in changes) relay.Add(version, alert);
        isSnapshotDue |= changes.Count > 0;
        var isKept = await keeping.RunAsync();
        foreach (var (version, alert) in changes) DriftLog.Tell(log, Model, version, alert);
        if (changes.Count > 0) _ = relay.RunAsync(now);
        isShown = false;
        SetBeat();
        return isKept;
    }

    /// <summary>Once a model has truths, shows how right it is, and has alerts told that were not taken at once.</summary>
    private void SetBeat()
    {
        if (quality.HasTruths || !relay.IsEmpty) beat ??= this.RegisterGrainTimer(BeatAsync, new GrainTimerCreationOptions(TimeSpan.Zero, Beat) { KeepAlive = true });
    }

    private Task BeatAsync(CancellationToken cancellationToken)
    {
        if (!isShown) numbers.Judge(Model, quality.Versions.Select(version => (version, quality.Report(version)?.Window.Accuracy)));
        isShown = true;
        return relay.RunAsync(clock.GetUtcNow());
    }

    private void GiveUp(RelayedAlert alert) => DriftLog.GivenUp(log, alert.Id, $"{Model}/{alert.Version}", "its monitor did not take it for three days");

    private async Task<bool> TellAsync(string version, Blob alert)
    {
        try
        {
            return await GrainFactory.GetGrain<IMonitorGrain>($"{Model}/{version}").Tell(alert);
        }
        catch (Exception lost) when (ClusterFault.Is(lost))
        {
            return false;
        }
    }

    /// <summary>
    /// A snapshot is due while what came is in no segment: until a model has its first truth, and after a write that failed.
    /// </summary>
    private async Task<bool> KeepOnceAsync()
    {
        var isSnapshot = isSnapshotDue || journal.IsFull || clock.GetUtcNow() - snapshotAt >= SnapshotEvery;
        try
        {
            if (!isSnapshot)
            {
                await journal.WriteAsync();
                return true;
            }

            isSnapshotDue = !quality.HasTruths;
            snapshotAt = clock.GetUtcNow();
            var snapshot = Snapshot();
            await journal.WriteAsync(snapshot);
            relay.Saved(snapshot.Alerts);
            return true;
        }
        catch (Exception e)
        {
            isSnapshotDue = true;
            DriftLog.NotSaved(log, Model, "-", e.Message);

            // Somebody else wrote: another activation has taken over, and this one must begin from what it wrote.
            if (e is InconsistentStateException)
            {
                isStale = true;
                DeactivateOnIdle();
            }

            return false;
        }
    }

    private QualitySnapshot Snapshot()
    {
        var versions = new Dictionary<string, JudgedVersion>(stored, StringComparer.Ordinal);
        foreach (var version in quality.Versions) versions[version] = Keep(version, quality.Find(version)!);
        return new QualitySnapshot { Answers = quality.Save(), Counts = quality.SaveCounts(), Versions = versions, Nodes = [.. nodes.All], Alerts = relay.Save() };
    }

    /// <summary>Has every silo that holds a version send what it answered so far, each by one of its replicas.</summary>
    private async Task<bool> FlushOnceAsync()
    {
        try
        {
            await RefreshAsync();
            var replicas = row!.Versions.SelectMany(v => v.Replicas.Select(r => new ReplicaKey(Model, v.Description.Version, r.Ordinal, r.Silo))).DistinctBy(key => key.Silo);
            await Task.WhenAll(replicas.Select(key => GrainFactory.GetGrain<IModelReplica>(key.ToString()).FlushAnswers())).WaitAsync(FlushPatience);
        }
        catch (Exception late) when (ClusterFault.Is(late))
        {
            // The report says up to when each silo is counted.
        }

        return true;
    }

    /// <summary>A silo that lives and holds no version any more has sent all it had.</summary>
    private void ForgetIdleNodes()
    {
        var silos = membership.CurrentSnapshot;
        var holding = row!.Versions.SelectMany(v => v.Replicas).Select(r => r.Silo).ToHashSet();
        nodes.Forget(node => !holding.Contains(node.Silo) && silos.GetSiloStatus(node.Silo) == SiloStatus.Active);
    }
}
