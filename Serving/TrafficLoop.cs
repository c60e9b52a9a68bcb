using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Serving.Models;
using Serving.Routing;
using Serving.Routing.Rollouts;
using Serving.Routing.Shadows;

namespace Serving;

/// <summary>
/// Drives the <see cref="ModelTraffic"/> of every model in one process: takes callers' changes, hands the counts of running rollouts
/// to them and carries out what they decide. All state is touched by the one reader of one mailbox. A change is saved before it is
/// in force and in force before it is answered; one that cannot be saved is taken back.
/// </summary>
internal sealed class TrafficLoop : ITrafficControl, IAsyncDisposable
{
    /// <summary>How often running rollouts are looked at.</summary>
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(250);

    /// <summary>How often new versions are noticed while none runs.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    private readonly ModelLoop models;
    private readonly ShadowLoop shadows;
    private readonly DriftLoop drift;
    private readonly ITrafficStore store;
    private readonly TimeProvider clock;
    private readonly ILogger log;
    private readonly string node = Guid.NewGuid().ToString("N");
    private readonly Channel<Func<Task>> mailbox = Channel.CreateBounded<Func<Task>>(new BoundedChannelOptions(1024) { SingleReader = true });
    private readonly Dictionary<string, ModelTraffic> traffic = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RolloutTally> tallies = new(StringComparer.Ordinal);
    private readonly ITimer timer;
    private readonly Task running;
    private long sequence;

    public TrafficLoop(
        ModelLoop models, ShadowLoop shadows, DriftLoop drift, ITrafficStore store, IReadOnlyDictionary<string, TrafficState> states, TimeProvider clock, ILogger log)
    {
        this.shadows = shadows;
        this.drift = drift;
        this.models = models;
        this.store = store;
        this.clock = clock;
        this.log = log;
        foreach (var (model, state) in states) traffic[model] = new ModelTraffic(model, state);
        running = Task.Run(RunAsync);
        timer = clock.CreateTimer(_ => mailbox.Writer.TryWrite(BeatAsync), null, Beat, Rest);
    }

    public ValueTask<Outcome<TrafficDocument>> GetAsync(string model, CancellationToken cancellationToken) => AskAsync<TrafficDocument>(
        model, (machine, _) => machine.Document is { } document ? document : new ServingError(ErrorCode.NotFound, $"model '{model}' has no traffic document"), cancellationToken);

    public ValueTask<Outcome<TrafficDocument>> PutAsync(string model, TrafficDocument document, long? match, CancellationToken cancellationToken) =>
        AskAsync(model, (machine, versions) => machine.Put(document, match, versions, clock.GetUtcNow()), cancellationToken);

    public ValueTask<Outcome<Done>> DeleteAsync(string model, long? match, CancellationToken cancellationToken) =>
        AskAsync(model, (machine, _) => machine.Delete(match, clock.GetUtcNow()), cancellationToken);

    public ValueTask<Outcome<IReadOnlyList<ShadowReport>>> GetShadowsAsync(string model, CancellationToken cancellationToken) =>
        new(models.Table.Find(model).TryGetValue(out var served, out var error) ? shadows.Read(served) : (Outcome<IReadOnlyList<ShadowReport>>)error);

    public async ValueTask<Outcome<RolloutStatus>> StartRolloutAsync(string model, RolloutSpec spec, CancellationToken cancellationToken)
    {
        var usual = await UsualAsync(model).ConfigureAwait(false);
        return await AskAsync(model, (machine, versions) => machine.StartRollout(spec, versions, usual, clock.GetUtcNow()), cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<Outcome<RolloutStatus>> GetRolloutAsync(string model, CancellationToken cancellationToken) => AskAsync<RolloutStatus>(
        model, (machine, versions) => machine.Status(versions, clock.GetUtcNow()) is { } status ? status : new ServingError(ErrorCode.NotFound, $"model '{model}' has no rollout"), cancellationToken);

    public ValueTask<Outcome<RolloutStatus>> RollBackAsync(string model, CancellationToken cancellationToken) =>
        AskAsync(model, (machine, _) => machine.RollBack(clock.GetUtcNow()), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await timer.DisposeAsync().ConfigureAwait(false);
        mailbox.Writer.TryComplete();
        await running.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        await foreach (var turn in mailbox.Reader.ReadAllAsync().ConfigureAwait(false)) await turn().ConfigureAwait(false);
    }

    private async ValueTask<Outcome<T>> AskAsync<T>(string model, Func<ModelTraffic, ModelVersions, Outcome<T>> ask, CancellationToken cancellationToken)
    {
        if (models.Table.Find(model).Error is { } unknown) return unknown;
        var answer = new TaskCompletionSource<Outcome<T>>(TaskCreationOptions.RunContinuationsAsynchronously);
        await mailbox.Writer.WriteAsync(async () => answer.SetResult(await TurnAsync(model, ask).ConfigureAwait(false)), cancellationToken).ConfigureAwait(false);
        return await answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>One turn of a model's machine; saved and published when it changed something.</summary>
    private async Task<Outcome<T>> TurnAsync<T>(string model, Func<ModelTraffic, ModelVersions, Outcome<T>> ask)
    {
        var saved = traffic.GetValueOrDefault(model)?.State;
        var machine = traffic.GetValueOrDefault(model) ?? new ModelTraffic(model, null);
        var epoch = machine.Epoch;
        var outcome = ask(machine, models.Table.Models.TryGetValue(model, out var served) ? served.VersionStates : new ModelVersions());
        if (machine.Epoch == epoch) return outcome;
        if (!TrySave(model, machine))
        {
            if (saved is null) traffic.Remove(model);
            else traffic[model] = new ModelTraffic(model, saved);
            return new ServingError(ErrorCode.ModelNotReady, $"the change to model '{model}' could not be saved, so it is not in force; see the server's log");
        }

        traffic[model] = machine;
        await PublishAsync(model, machine).ConfigureAwait(false);
        return outcome;
    }

    private bool TrySave(string model, ModelTraffic machine)
    {
        if (store.Save(model, machine.State) is not { } error) return true;
        TrafficLog.NotSaved(log, model, error.Message);
        return false;
    }

    private Task PublishAsync(string model, ModelTraffic machine)
    {
        var rollout = machine.Rollout is { Phase: RolloutPhase.Running } active ? active : null;
        if (rollout is null) tallies.Remove(model);
        else if (!tallies.ContainsKey(model)) tallies[model] = new RolloutTally(rollout.From, rollout.To, rollout.BudgetMs, rollout.FirstEpoch);
        var beat = tallies.Count > 0 ? Beat : Rest;
        timer.Change(beat, beat);
        TrafficLog.Changed(log, model, machine.Epoch);
        return models.RouteAsync(model, new ModelRouting(machine.Document, machine.Epoch, tallies.GetValueOrDefault(model), machine.Shadows));
    }

    private async Task BeatAsync()
    {
        // Before the repository was read no version is there, which must not look like a version that is gone.
        if (!models.FirstSettled.IsCompleted) return;
        foreach (var served in models.Table.Models.Values) await BeginAutomaticAsync(served).ConfigureAwait(false);
        foreach (var (model, machine) in traffic.ToArray())
        {
            if (machine.Rollout is { Phase: RolloutPhase.Running } rollout) await StepAsync(model, machine, rollout).ConfigureAwait(false);
        }
    }

    private async Task StepAsync(string model, ModelTraffic machine, Rollout rollout)
    {
        if (!tallies.ContainsKey(model)) await PublishAsync(model, machine).ConfigureAwait(false);
        var signs = rollout.Guards.Drift || rollout.Guards.Quality is not null
            ? await drift.ReadSignsAsync(model, rollout.From, rollout.To).ConfigureAwait(false)
            : RolloutSigns.None;
        IReadOnlyList<EpochReport> counted = [.. tallies[model].Cut(), .. signs.ToReports(rollout.From, rollout.To)];
        if (counted.Count > 0 && machine.Report(new RolloutReport(node, ++sequence, counted))) TrySave(model, machine);
        await TurnAsync<Done>(model, (turn, versions) =>
        {
            if (turn.Step(versions, clock.GetUtcNow(), signs.Drift) is { } decision) TrafficLog.Decided(log, model, rollout.To, decision.Action.ToString(), decision.Reason);
            return default(Done);
        }).ConfigureAwait(false);
    }

    /// <summary>See <see cref="ModelTraffic.BeginAutomatic"/>.</summary>
    private async Task BeginAutomaticAsync(ServedModel served)
    {
        if (served.AutomaticRollout is not { } spec) return;
        var usual = await UsualAsync(served.Name).ConfigureAwait(false);
        var begun = await TurnAsync(served.Name, (turn, versions) => turn.BeginAutomatic(spec, versions, usual, clock.GetUtcNow())).ConfigureAwait(false);
        if (begun.Error is { } error) TrafficLog.NotStarted(log, served.Name, error.Message);
    }

    /// <summary>Latencies of the version that a rollout would start from, so that its latency guard need not wait for some.</summary>
    private async ValueTask<LatencyHistogram?> UsualAsync(string model)
    {
        if (!models.Table.Find(model).TryGetValue(out var served, out _)) return null;
        var stable = served.Routes.Resolve(null);
        return stable.TryGetValue(out var version, out _) ? await drift.ReadLatenciesAsync(model, version).ConfigureAwait(false) : null;
    }
}
