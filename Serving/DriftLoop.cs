using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Serving.Drift;
using Serving.Drift.Alerts;
using Serving.Drift.Baselines;
using Serving.Drift.Observing;
using Serving.Models;
using Serving.Routing;
using Serving.Routing.Rollouts;
using Serving.Storage;

namespace Serving;

/// <summary>
/// Drives the <see cref="VersionWatch"/> of every version in one process: takes observations out of the queue, callers' changes out
/// of the mailbox, and keeps what must survive. All state is touched by the one reader of the mailbox. Requests do not wake it: it
/// looks into the queue at each beat, and before each answer, so that an answer holds everything observed before it was asked for. While
/// nothing is observed it rests between two looks; a block that fills up ends that.
/// </summary>
/// <remarks>
/// A baseline is saved before it is in force; a raised alert before the turn ends that raised it, so before anybody can see it.
/// A pane is saved in the turn that closes it, the open one at each flush: a process that dies loses of it what came since the last.
/// </remarks>
internal sealed class DriftLoop : IDriftControl, IQualityControl, IAsyncDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FlushEvery = TimeSpan.FromSeconds(5);

    /// <summary>The same where nothing was observed and nobody asked: only the time has gone on.</summary>
    private static readonly TimeSpan RestedFlush = TimeSpan.FromMinutes(1);

    private readonly ModelLoop models;
    private readonly SavedDrift saved;
    private readonly TimeProvider clock;
    private readonly ILogger log;
    private readonly QualityDesk quality;
    private readonly ObservedVersions observed;
    private readonly BaselineDesk baselines;
    private readonly WatchStore store;
    private readonly ObservationQueue queue;
    private readonly WebhookLoop webhooks;
    private readonly Channel<Action> mailbox = Channel.CreateBounded<Action>(new BoundedChannelOptions(1024) { SingleReader = true });
    private readonly Dictionary<(string Model, string Version), WatchedVersion> versions = [];
    private volatile IReadOnlyList<DriftNumbers> numbers = [];
    private readonly ITimer timer;
    private readonly Task running;
    private ModelTable? seen;
    private DateTimeOffset flushed;
    private int beats;
    private volatile bool resting;
    private bool changed;

    public DriftLoop(ModelLoop models, ObservationQueue queue, SavedDrift saved, WebhookLoop webhooks, TimeProvider clock, ILogger log)
    {
        this.models = models;
        this.queue = queue;
        this.webhooks = webhooks;
        this.saved = saved;
        this.clock = clock;
        this.log = log;
        quality = new QualityDesk(saved, webhooks, clock, log);
        observed = new ObservedVersions(queue, clock);
        baselines = new BaselineDesk(saved, observed, log);
        store = new WatchStore(saved, webhooks, clock, log);
        flushed = clock.GetUtcNow();
        running = Task.Run(RunAsync);
        timer = clock.CreateTimer(_ => OnBeat(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        timer.Change(Beat, Timeout.InfiniteTimeSpan);
        queue.Filled = () =>
        {
            if (resting) OnBeat();
        };
    }

    /// <summary>What metrics show, as of the last flush.</summary>
    public IReadOnlyList<DriftNumbers> Numbers => numbers;

    public async ValueTask<Outcome<BaselineStatus>> PutBaselineAsync(
        string model, string version, ReadOnlyMemory<byte> body, BaselineFormat format, CancellationToken cancellationToken)
    {
        if (!models.Table.Find(model, version).TryGetValue(out var served, out var error)) return error;
        if (format == BaselineFormat.Json && LearnJson.IsLearn(body.Span))
        {
            if (!LearnJson.Read(body, BaselineLearner.MostRows).TryGetValue(out var rows, out error)) return error;
            var order = body.ToArray();
            return await AskAsync<BaselineStatus>(model, version, watched => baselines.Learn(watched, rows, order), cancellationToken).ConfigureAwait(false);
        }

        var catalog = served.Drift.Catalog;
        return BaselineBody.Read(body, format, column => FeatureMatch.KindOf(catalog, column)).TryGetValue(out var baseline, out error)
            ? await AskAsync<BaselineStatus>(model, version, watched => baselines.Put(watched, baseline), cancellationToken).ConfigureAwait(false)
            : error;
    }

    public ValueTask<Outcome<ReadOnlyMemory<byte>>> GetBaselineAsync(string model, string version, CancellationToken cancellationToken) =>
        AskAsync(model, version, BaselineDesk.Read, cancellationToken);

    public ValueTask<Outcome<Done>> DeleteBaselineAsync(string model, string version, CancellationToken cancellationToken) =>
        AskAsync(model, version, baselines.Remove, cancellationToken);

    public ValueTask<Outcome<DriftReport>> GetDriftAsync(string model, string version, CancellationToken cancellationToken) =>
        AskAsync<DriftReport>(model, version, watched => watched.Watch.IsWatching
            ? watched.Watch.Report(clock.GetUtcNow(), watched.Dropped)
            : BaselineDesk.Nothing(watched), cancellationToken);

    public ValueTask<Outcome<IReadOnlyList<DriftAlert>>> GetEventsAsync(string model, string version, CancellationToken cancellationToken) =>
        AskAsync<IReadOnlyList<DriftAlert>>(model, version, watched =>
        {
            var judged = quality.Events(watched.Model, watched.Version);
            return watched.Watch.IsWatching || judged.Count > 0
                ? watched.Watch.Events.Concat(judged).OrderBy(alert => alert.At).ToArray()
                : BaselineDesk.Nothing(watched);
        }, cancellationToken);

    public ValueTask<Outcome<IReadOnlyList<DriftReport>>> ListAsync(CancellationToken cancellationToken) =>
        TurnAsync<IReadOnlyList<DriftReport>>(() => versions.Values.Where(watched => watched.Watch.Baseline is not null)
            .OrderBy(watched => watched.Model, StringComparer.Ordinal).ThenBy(watched => watched.Served.Number)
            .Select(watched => watched.Watch.Report(clock.GetUtcNow(), watched.Dropped, most: 1)).ToArray(), cancellationToken);

    public ValueTask<Outcome<FeedbackReceipt>> PostFeedbackAsync(string model, IReadOnlyList<Feedback> truths, CancellationToken cancellationToken) =>
        TurnAsync(() => models.Table.Find(model).Error is { } unknown ? unknown : quality.Post(model, truths), cancellationToken);

    public ValueTask<Outcome<QualityReport>> GetQualityAsync(string model, string version, CancellationToken cancellationToken) =>
        AskAsync(model, version, watched => quality.Report(watched.Model, watched.Version), cancellationToken);

    /// <summary>What a model's rollout is told; nothing while the server stops.</summary>
    public async ValueTask<RolloutSigns> ReadSignsAsync(string model, string from, string to)
    {
        var signs = await TurnAsync<RolloutSigns>(
            () => new RolloutSigns(CompareAlerts(model, from, to), quality.CutArms(model)), CancellationToken.None).ConfigureAwait(false);
        return signs.TryGetValue(out var read, out _) ? read : RolloutSigns.None;
    }

    /// <summary>How long a version's answers lately took; null when it is not known.</summary>
    public async ValueTask<LatencyHistogram?> ReadLatenciesAsync(string model, string version)
    {
        var latencies = await TurnAsync<LatencyHistogram>(
            () => models.Table.Find(model, version).TryGetValue(out var served, out var error) ? served.Latencies.Read() : error,
            CancellationToken.None).ConfigureAwait(false);
        return latencies.TryGetValue(out var read, out _) ? read : null;
    }

    public async ValueTask DisposeAsync()
    {
        await timer.DisposeAsync().ConfigureAwait(false);
        mailbox.Writer.TryComplete();
        await running.ConfigureAwait(false);
        Settle();
        FlushAll(all: true);
    }

    private async Task RunAsync()
    {
        await foreach (var turn in mailbox.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                turn();
            }
            catch (StateFileException fault)
            {
                DriftLog.NotRead(log, fault.Message);
            }
        }
    }

    private void OnBeat()
    {
        // A beat that has not had its turn yet does for this one too.
        if (Interlocked.Exchange(ref beats, 1) != 0) return;
        if (mailbox.Writer.TryWrite(TakeBeat)) return;
        Volatile.Write(ref beats, 0);
        timer.Change(Beat, Timeout.InfiniteTimeSpan);
    }

    private void TakeBeat()
    {
        Volatile.Write(ref beats, 0);
        try
        {
            resting = !Settle();
        }
        finally
        {
            timer.Change(resting ? Rest : Beat, Timeout.InfiniteTimeSpan);
        }

        changed |= !resting;
        var now = clock.GetUtcNow();
        if (now - flushed < (changed ? FlushEvery : RestedFlush)) return;
        (flushed, changed) = (now, false);
        FlushAll(all: false);
        numbers = [.. versions.Values.Where(watched => watched.Watch.Layout is not null).Select(watched => new DriftNumbers(
            watched.Model, watched.Version, watched.Dropped, watched.Watch.WindowsClosed,
            quality.Report(watched.Model, watched.Version).TryGetValue(out var judged, out _) ? judged.Window.Accuracy : null))];
    }

    private void FlushAll(bool all)
    {
        foreach (var watched in versions.Values) store.Flush(watched);
        quality.Flush(all);
    }

    private ValueTask<Outcome<T>> AskAsync<T>(string model, string version, Func<WatchedVersion, Outcome<T>> ask, CancellationToken cancellationToken) =>
        TurnAsync(
            () => models.Table.Find(model, version).TryGetValue(out var served, out var error)
                ? ask(versions.TryGetValue((model, served.Metadata.Version), out var watched) && watched.Served == served ? watched : Attach(served))
                : error,
            cancellationToken);

    /// <summary>One turn of a caller, after everything observed before it.</summary>
    private async ValueTask<Outcome<T>> TurnAsync<T>(Func<Outcome<T>> turn, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<Outcome<T>>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await mailbox.Writer.WriteAsync(
                () =>
                {
                    try
                    {
                        changed = true;
                        Settle();
                        answer.SetResult(turn());
                    }
                    catch (StateFileException fault)
                    {
                        DriftLog.NotRead(log, fault.Message);
                        answer.SetResult(new ServingError(ErrorCode.Internal, "the server's state cannot be read; see its log"));
                    }
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            return new ServingError(ErrorCode.ModelNotReady, "the server is stopping");
        }

        return await answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes in all that was observed; false when nothing was.</summary>
    private bool Settle()
    {
        AttachNew();
        var taken = 0;
        for (; taken < ObservationQueue.MaxWaiting && queue.TryTake(out var observation); taken++)
        {
            if (OwnerOf(observation.Tap.Layout) is { } watched)
            {
                Baseline? learned = null;
                if (observation.Tap.Layout == watched.Watch.Layout) learned = watched.Watch.Add(observation);
                else watched.Watch.AddFormer(observation);
                quality.Take(watched, observation);
                watched.Served.Latencies.Add(observation.Latency);
                if (learned is not null) baselines.Install(watched, learned);
            }
        }

        var now = clock.GetUtcNow();
        foreach (var watched in versions.Values)
        {
            var changes = watched.Watch.Advance(now);
            if (watched.Watch.Closed.Count > 0 && changes.Count == 0) store.KeepClosed(watched);
            if (changes.Count == 0) continue;
            foreach (var alert in changes) watched.Outgoing.AddRange(OutboxItem.Of(watched.Model, watched.Version, alert, watched.Served.Drift.Settings.Webhooks, now));
            store.Save(watched);
            foreach (var alert in changes) DriftLog.Tell(log, watched.Model, watched.Version, alert);
        }

        foreach (var (model, version, alert) in quality.Advance(now, ReceiversOf)) DriftLog.Tell(log, model, version, alert);
        return taken > 0;
    }

    private WatchedVersion? OwnerOf(ObservationLayout layout)
    {
        if (observed.Find(layout) is { } watched) return watched;

        // Its version may have been loaded, and have answered, since this turn began.
        AttachNew();
        return observed.Find(layout);
    }

    private IReadOnlyList<WebhookConfig> ReceiversOf(string model, string version) =>
        versions.GetValueOrDefault((model, version))?.Served.Drift.Settings.Webhooks ?? [];

    private RolloutDrift? CompareAlerts(string model, string from, string to)
    {
        var stable = versions.GetValueOrDefault((model, from))?.Watch;
        return RolloutSigns.Compare(versions.GetValueOrDefault((model, to))?.Watch.Standing(), alert => stable is null ? true : stable.IsFree(alert));
    }

    private void AttachNew()
    {
        var table = models.Table;
        if (ReferenceEquals(table, seen)) return;
        seen = table;
        foreach (var model in table.Models.Values)
        {
            foreach (var version in model.Versions)
            {
                var served = model.Find(version)!;
                if (!versions.TryGetValue((model.Name, version), out var watched) || watched.Served != served) Attach(served);
            }
        }

        foreach (var (key, watched) in versions.ToArray())
        {
            if (table.Find(key.Model, key.Version).TryGetValue(out var served, out _) && served == watched.Served) continue;
            store.Flush(watched);
            observed.Forget(watched);
            quality.Detach(watched);
            versions.Remove(key);
        }
    }

    private WatchedVersion Attach(ServedVersion served)
    {
        var (model, version, setup) = (served.Metadata.Name, served.Metadata.Version, served.Drift);
        var before = versions.GetValueOrDefault((model, version));
        if (before is not null)
        {
            store.Flush(before);
            observed.Forget(before);
        }

        var watch = new VersionWatch(served.Metadata, setup.Settings, setup.Catalog, setup.Quality?.Judged, served.Tap?.Layout, "local", clock.GetUtcNow().UtcTicks);
        var watched = new WatchedVersion(served, watch);
        versions[(model, version)] = watched;
        changed = true;
        quality.Attach(watched);
        webhooks.Register(model, version, setup.Settings.Webhooks);
        observed.Observe(watched);
        if (saved.LoadBaseline(model, version) is { } document) baselines.Restore(watched, document);
        else if (before is { Origin: BaselineOrigin.Kept, Watch.Baseline: { } kept }) baselines.Use(watched, kept, BaselineOrigin.Kept, before.Watch.Save());
        else _ = Task.Run(() => ReadFolderAsync(watched, before?.Watch.Save()));
        return watched;
    }

    private async Task ReadFolderAsync(WatchedVersion watched, byte[]? state)
    {
        var (setup, version) = (watched.Served.Drift, watched.Version);
        var outcome = BaselineFiles.Read(setup.Folder, version, setup.Settings.IsBaselineInTimeOrder, column => FeatureMatch.KindOf(setup.Catalog, column));
        try
        {
            await mailbox.Writer.WriteAsync(() =>
            {
                changed = true;
                Settle();
                if (watched.IsDecided || versions.GetValueOrDefault((watched.Model, version)) != watched) return;
                if (!outcome.TryGetValue(out var baseline, out var error)) baselines.Refuse(watched, error!);
                else if (baseline is not null) baselines.Use(watched, baseline, BaselineOrigin.Folder, state);
            }).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            // The server is stopping: nobody will ask for it.
        }
    }
}
