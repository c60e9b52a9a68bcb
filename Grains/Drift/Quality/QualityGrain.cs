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
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

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
    private readonly SharedRun flushing;
    private readonly AlertRelay relay;
    private JudgedModel judged = null!;
    private QualityStore? store;
    private Task? started;
    private IGrainTimer? beat;
    private bool isShown;

    public QualityGrain(
        SiloServingOptions options, StorageHealth storage, IClusterMembershipService membership, MonitorNumbers numbers, TimeProvider clock, ILogger<QualityGrain> log)
    {
        this.options = options;
        this.storage = storage;
        this.membership = membership;
        this.numbers = numbers;
        this.clock = clock;
        this.log = log;
        flushing = new SharedRun(FlushOnceAsync);
        relay = new AlertRelay(TellAsync, GiveUp);
    }

    private string Model => this.GetPrimaryKeyString();

    private ModelQuality Quality => judged.Quality;

    private IRouteTable Routes => GrainFactory.GetGrain<IRouteTable>(0);

    public async Task Wake()
    {
        try
        {
            await StartAsync();
        }
        catch (Exception lost) when (ClusterFault.Is(lost))
        {
            // Woken again with the next look at the model.
        }
    }

    public async Task<bool> Take(SentInstances answered)
    {
        await StartAsync();
        var instances = JudgedModel.Read(answered.Instances.Bytes.Span);
        if (instances.Exists(instance => Quality.Find(instance.Version) is null)) await RefreshAsync();
        var node = new CountingNode(answered.Node, answered.Incarnation, answered.Until, 0, answered.Silo);
        judged.Nodes.Heard(node, 0, answered.IsLast, clock.GetUtcNow());
        if (instances.Count == 0 && !answered.IsLast) return true;
        judged.Count(instances);
        return !Quality.HasTruths || await KeepAsync(new JournalEntry(answered.Instances, clock.GetUtcNow(), node, answered.IsLast));
    }

    public async Task<SentDocument> Post(Blob truths)
    {
        if (storage.Refusal is { } refused) return DriftWire.Write(refused);
        await StartAsync();
        if (Quality.Versions.Count == 0) await RefreshAsync();
        if (Quality.Versions.Count == 0) return DriftWire.Write(ModelQuality.NothingToJudge(Model));
        var read = JsonSerializer.Deserialize(truths.Bytes.Span, DriftWire.Default.IReadOnlyListFeedback)!;
        if (read.Any(truth => !Quality.IsAnswered(new InstanceKey(truth.Id, truth.Index)))) await flushing.RunAsync();

        var now = clock.GetUtcNow();
        var receipt = Quality.Take(read, now);
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
        Quality.Expire(clock.GetUtcNow());
        if (Quality.Report(version) is not { } report) return DriftWire.Write(ModelQuality.NotJudged(Model, version));
        ForgetIdleNodes();
        return DriftWire.Write(report with { Nodes = judged.Nodes.Report(clock.GetUtcNow()) }, DriftWire.Default.QualityReport);
    }

    public async Task<SentDocument> GetEvents(string version)
    {
        await StartAsync();
        return DriftWire.Write([.. Quality.Find(version)?.Events ?? []], DriftWire.Default.ListDriftAlert);
    }

    public async Task<SentArm[]> ReadArms(long rollout)
    {
        await StartAsync();
        return [.. Quality.ReadArms(rollout).Select(arm => new SentArm(arm.Epoch, arm.Version, arm.Truths, arm.Wrong, arm.TestedWrong))];
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        numbers.ForgetJudged(Model);
        return store is null ? Task.CompletedTask : store.EndAsync().WaitAsync(cancellationToken);
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
        var journal = new QualityJournal(ServiceProvider.GetRequiredKeyedService<IGrainStorage>(StorageNames.Grains), GrainContext.GrainId);
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

        judged = new JudgedModel(Model, options.Serving.ModelRepositories, relay, log);
        judged.Resume(journal.Snapshot, entries, known);
        store = new QualityStore(judged, journal, relay, DeactivateOnIdle, clock, log);
        SetBeat();
    }

    private async Task RefreshAsync()
    {
        if ((await Routes.GetRow(Model))?.Row is { } known) judged.Serve(known);
    }

    /// <summary>Judges what came and keeps it; an alert that changed is kept before anybody is told.</summary>
    private async Task<bool> KeepAsync(JournalEntry entry)
    {
        var now = clock.GetUtcNow();
        var changes = Quality.Advance(now);
        foreach (var (version, alert) in changes) relay.Add(version, alert);
        var isKept = await store!.KeepAsync(entry, isAlertChanged: changes.Count > 0);
        foreach (var (version, alert) in changes) DriftLog.Tell(log, Model, version, alert);
        if (changes.Count > 0) _ = relay.RunAsync(now);
        isShown = false;
        SetBeat();
        return isKept;
    }

    /// <summary>Once a model has truths, shows how right it is, and has alerts told that were not taken at once.</summary>
    private void SetBeat()
    {
        if (Quality.HasTruths || !relay.IsEmpty) beat ??= this.RegisterGrainTimer(BeatAsync, new GrainTimerCreationOptions(TimeSpan.Zero, Beat) { KeepAlive = true });
    }

    private Task BeatAsync(CancellationToken cancellationToken)
    {
        if (!isShown) numbers.Judge(Model, Quality.Versions.Select(version => (version, Quality.Report(version)?.Window.Accuracy)));
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

    /// <summary>Has every silo that holds a version send what it answered so far, each by one of its replicas.</summary>
    private async Task<bool> FlushOnceAsync()
    {
        try
        {
            await RefreshAsync();
            var replicas = judged.Row!.Versions.SelectMany(v => v.Replicas.Select(r => new ReplicaKey(Model, v.Description.Version, r.Ordinal, r.Silo))).DistinctBy(key => key.Silo);
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
        var holding = judged.Row!.Versions.SelectMany(v => v.Replicas).Select(r => r.Silo).ToHashSet();
        judged.Nodes.Forget(node => !holding.Contains(node.Silo) && silos.GetSiloStatus(node.Silo) == SiloStatus.Active);
    }
}
