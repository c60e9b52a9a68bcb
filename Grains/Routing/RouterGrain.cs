using Grains.Hosting;
using Grains.Inference;
using Grains.Models;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Runtime;
using Serving;
using Serving.Models;
using Serving.Routing;
using Serving.Routing.Rollouts;

namespace Grains.Routing;

/// <summary>
/// Drives the <see cref="ModelTraffic"/> of one model for the whole cluster: what <see cref="TrafficLoop"/> is in one process. A
/// change is saved before it is in force; one that cannot be saved is taken back.
/// </summary>
internal sealed class RouterGrain(
    [PersistentState("traffic", StorageNames.Grains)] IPersistentState<RouterGrainState> state,
    StorageHealth storage,
    Standing standing,
    TimeProvider clock,
    ILogger<RouterGrain> log)
    : Grain, IRouterGrain
{
    /// <summary>How often a running rollout is looked at.</summary>
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(250);

    /// <summary>The name under which truths are counted, beside those of the processes that answer.</summary>
    private const string Feedback = "feedback";

    private const string NoSigns = "drift monitoring or feedback does not answer now";

    private ModelTraffic traffic = null!;
    private SignsReader signs = null!;
    private (TrafficRow Row, long[] Versions) saved;
    private bool isUnpublished;
    private IGrainTimer? beat;

    private string Name => this.GetPrimaryKeyString();

    private IRouteTable Routes => GrainFactory.GetGrain<IRouteTable>(0);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        traffic = Saved();
        signs = new SignsReader(GrainFactory, Name, clock);
        saved = (ToRow(), Versions());
        if (traffic.Epoch > 0) await PublishAsync();
    }

    /// <remarks>Comes between the awaits of a turn that may be waiting for the very grain that asks: goes by what was saved only.</remarks>
    public async Task<long[]> Start()
    {
        var (row, versions) = saved;
        if (row.Epoch > 0) await Routes.Publish(row);
        return versions;
    }

    public Task<TrafficRow> GetRow() => Task.FromResult(saved.Row);

    public Task<SentDocument> Get() => Task.FromResult(storage.Refusal is { } refused ? Failed(refused) : traffic.Document is { } document
        ? new SentDocument { Json = RoutingWire.Write(document) }
        : Failed(new ServingError(ErrorCode.NotFound, $"model '{Name}' has no traffic document")));

    public async Task<SentDocument> Put(Blob document, long? match)
    {
        if (!TrafficJson.Read(document.Bytes).TryGetValue(out var read, out var error)) return Failed(error);
        return (await TurnAsync(versions => traffic.Put(read, match, versions, clock.GetUtcNow()))).TryGetValue(out var put, out error)
            ? new SentDocument { Json = RoutingWire.Write(put) }
            : Failed(error);
    }

    public async Task<SentError?> Delete(long? match) =>
        (await TurnAsync(_ => traffic.Delete(match, clock.GetUtcNow()))).Error is { } error ? SentError.Of(error) : null;

    public async Task<SentDocument> StartRollout(Blob spec)
    {
        var read = RoutingWire.ReadSpec(spec);
        return Sent(await TurnAsync(versions => traffic.StartRollout(read, versions, usual: null, clock.GetUtcNow())));
    }

    public async Task<SentDocument> GetRollout()
    {
        if (storage.Refusal is { } refused) return Failed(refused);
        if (await RowAsync() is not { } row) return Failed(Unknown());
        return traffic.Status(ClusterModel.States(row), clock.GetUtcNow()) is { } status
            ? Sent(status)
            : Failed(new ServingError(ErrorCode.NotFound, $"model '{Name}' has no rollout"));
    }

    public async Task<SentDocument> RollBack() => Sent(await TurnAsync(_ => traffic.RollBack(clock.GetUtcNow())));

    public async Task<bool> Report(Blob report)
    {
        if (traffic.Report(RoutingWire.ReadReport(report))) await SaveAsync();
        return true;
    }

    public Task VersionsChanged() => BeatAsync(CancellationToken.None);

    private static SentDocument Failed(ServingError error) => new() { Error = SentError.Of(error) };

    private static SentDocument Sent(Outcome<RolloutStatus> outcome) =>
        outcome.TryGetValue(out var status, out var error) ? new SentDocument { Json = RoutingWire.Write(status) } : Failed(error);

    private ModelTraffic Saved() => new(Name, state.State.Traffic is { } json ? RoutingStateJson.Read(json) : null);

    private long[] Versions() => [.. new ModelRouting(traffic.Document, traffic.Epoch, Tally: null).Versions];

    /// <summary>One turn of the machine; saved, published and told when it changed something.</summary>
    private async Task<Outcome<T>> TurnAsync<T>(Func<ModelVersions, Outcome<T>> ask)
    {
        if (storage.Refusal is { } refused) return refused;
        if (await RowAsync() is not { } row) return Unknown();
        var epoch = traffic.Epoch;
        var outcome = ask(ClusterModel.States(row));
        if (traffic.Epoch == epoch) return outcome;
        if (!await SaveAsync()) return StorageHealth.Unsaved(Name);

        TrafficLog.Changed(log, Name, traffic.Epoch);
        await PublishAsync();
        await GrainFactory.GetGrain<IModelGrain>(Name).Route(Versions());
        return outcome;
    }

    private async Task<bool> SaveAsync()
    {
        try
        {
            state.State.Traffic = RoutingStateJson.Write(traffic.State);
            await state.WriteStateAsync();
            await standing.ConfirmAsync();
            saved = (ToRow(), Versions());
            return true;
        }
        catch (Exception e)
        {
            // What was saved last is in force; whoever comes next finds it as it is in storage.
            TrafficLog.NotSaved(log, Name, e.Message);
            DeactivateOnIdle();
            return false;
        }
    }

    private TrafficRow ToRow()
    {
        var rollout = traffic.Rollout is { Phase: RolloutPhase.Running } running ? running : null;
        return new TrafficRow
        {
            Model = Name, Epoch = traffic.Epoch, Document = traffic.Document is { } document ? RoutingWire.Write(document) : null,
            RolloutFrom = rollout?.From, RolloutTo = rollout?.To, BudgetMs = rollout?.BudgetMs, RolloutEpoch = rollout?.FirstEpoch ?? 0,
            Shadows = [.. (traffic.Shadows ?? new Dictionary<string, long>()).Select(s => new ShadowRow(s.Key, s.Value))],
        };
    }

    /// <summary>Has the table take what was saved. What it could not be told is told with a later beat.</summary>
    private async Task PublishAsync()
    {
        isUnpublished = true;
        SetBeat();
        await Routes.Publish(saved.Row);
        isUnpublished = false;
        SetBeat();
    }

    private void SetBeat()
    {
        if (isUnpublished || traffic.Rollout is { Phase: RolloutPhase.Running })
        {
            beat ??= this.RegisterGrainTimer(BeatAsync, new GrainTimerCreationOptions(Beat, Beat) { KeepAlive = true });
            return;
        }

        beat?.Dispose();
        beat = null;
    }

    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        if (isUnpublished) await PublishAsync();
        if (await RowAsync() is not { } row) return;
        var automatic = row.Versions.Length == 0 ? null : row.Versions[^1].Description.AutomaticRollout;
        if (automatic is not null) await BeginAutomaticAsync(automatic.Bytes);
        if (traffic.Rollout is not { Phase: RolloutPhase.Running } rollout) return;
        var read = signs.Read(rollout);
        if (read is not null) await CountAsync(rollout, read);
        await TurnAsync<Done>(versions =>
        {
            if (traffic.Step(versions, clock.GetUtcNow(), read?.Drift, read is null ? NoSigns : null) is { } decision)
                TrafficLog.Decided(log, Name, traffic.Rollout!.To, decision.Action.ToString(), decision.Reason);
            return default(Done);
        });
    }

    /// <summary>
    /// Counts what truths say and is not counted yet. All of it is asked for each time, so that nothing is lost or counted twice, wherever
    /// the grains have been meanwhile.
    /// </summary>
    private async Task CountAsync(Rollout rollout, RolloutSigns read)
    {
        var news = (read with { Truths = RolloutSigns.Unseen(read.Truths, rollout) }).ToReports(rollout.From, rollout.To);
        if (news.Count > 0 && traffic.Report(new RolloutReport(Feedback, rollout.LastOf(Feedback) + 1, news))) await SaveAsync();
    }

    private async Task BeginAutomaticAsync(ReadOnlyMemory<byte> spec)
    {
        var begun = await TurnAsync(versions => traffic.BeginAutomatic(spec, versions, usual: null, clock.GetUtcNow()));
        if (begun.Error is { } error) TrafficLog.NotStarted(log, Name, error.Message);
    }

    /// <summary>The model's versions as its grain last published them; null when nothing is known of them, which proves nothing.</summary>
    private async Task<ModelRow?> RowAsync() => (await Routes.GetRow(Name))?.Row;

    private ServingError Unknown() => ServingError.NotReady(Name, null, "the cluster is still finding out about its versions");
}
