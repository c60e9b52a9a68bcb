using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Serving.Access;
using Serving.Drift.Observing;
using Serving.Models;
using Serving.Routing;
using Serving.Sessions;
using Serving.Storage;
using Serving.Telemetry;

namespace Serving;

/// <summary>
/// The whole product in one process without a web server: what the standalone edition, tests and notebooks embed.
/// </summary>
public sealed class LocalServing : IAsyncDisposable
{
    private readonly IReadOnlyList<string> repositories;
    private readonly StateStore? state;
    private readonly SessionThreads threads;
    private readonly VersionLoader loader;
    private readonly ModelLoop models;
    private readonly ShadowLoop shadows;
    private readonly TrafficLoop traffic;
    private readonly DriftLoop drift;
    private readonly WebhookLoop webhooks;
    private readonly ServingInstruments instruments;

    private LocalServing(
        ServingOptions options, ILoggerFactory loggers, IMeterFactory? meters, TimeProvider clock, StateStore? state, SessionWrapper? around)
    {
        this.state = state;
        var log = loggers.CreateLogger("Serving");
        var runtime = OnnxRuntime.Load(options.OnnxRuntimeLibrary, loggers.CreateLogger("OnnxRuntime"));
        ITrafficStore store = state is null ? new UnsavedTraffic() : new SavedTraffic(state);
        var states = store.Load();
        var routing = states.ToDictionary(s => s.Key, s => new ModelRouting(s.Value.Document, s.Value.Epoch, Tally: null, s.Value.Shadows));

        repositories = options.ModelRepositories;
        instruments = new ServingInstruments(meters);
        var observations = new ObservationQueue();
        threads = new SessionThreads(options.SessionThreads);
        loader = new VersionLoader(runtime, options, threads, instruments, clock, log, observations, around);

        // A repository that is looked at once has nothing that its files could be compared with.
        Action<Action> later = options.ControlMode == ControlMode.None ? static _ => { } : new IdleWork().Post;
        var repository = new RepositoryReader(repositories, requireStable: options.ControlMode == ControlMode.Poll, later);
        models = new ModelLoop(options, loader, repository, routing, clock, log);
        instruments.Observe(() => models.Table.Served, () => models.Table.Index);
        shadows = new ShadowLoop(new ShadowThread(threads, clock));
        var kept = new SavedDrift(state);
        webhooks = new WebhookLoop(kept, clock, loggers.CreateLogger("Drift"));
        drift = new DriftLoop(models, observations, kept, webhooks, clock, loggers.CreateLogger("Drift"));
        instruments.Observe(() => drift.Numbers, () => webhooks.Waiting);
        traffic = new TrafficLoop(models, shadows, drift, store, states, clock, loggers.CreateLogger("Routing"));
        Access = new LocalAccessStore(state, clock);
        var inference = new LocalInference(() => models.Table, shadows, clock);
        Engine = new LocalServingEngine(models, inference, new LocalModelCatalog(models), traffic, drift, drift);
    }

    public IServingEngine Engine { get; }

    /// <summary>Who may come in. Kept with the rest of the state.</summary>
    public IAccessStore Access { get; }

    /// <summary>Ends when every model that was there at the start is ready or has failed.</summary>
    public Task Started => models.FirstSettled;

    /// <summary>Starts to serve; models load in the background.</summary>
    /// <param name="options">Where its models are and what it may use.</param>
    /// <param name="loggers">Where its log goes.</param>
    /// <param name="meters">Whose readers see its numbers; null for those of the whole process.</param>
    /// <param name="clock">The time; null for the system's.</param>
    /// <param name="preparation">What was begun with the same options; null to begin now.</param>
    /// <exception cref="InvalidOperationException">ONNX Runtime's library or the state file is missing or unfit; the message says what to do.</exception>
    public static LocalServing Start(
        ServingOptions options, ILoggerFactory loggers, IMeterFactory? meters = null, TimeProvider? clock = null, LocalPreparation? preparation = null)
    {
        clock ??= TimeProvider.System;
        return new(options, loggers, meters, clock, preparation is null ? LocalPreparation.OpenState(options, clock) : preparation.TakeState(), around: null);
    }

    /// <summary>As above, with something of the caller's around each session: tests put one in that waits.</summary>
    internal static LocalServing Start(
        ServingOptions options, ILoggerFactory loggers, IMeterFactory? meters, TimeProvider clock, SessionWrapper? around) =>
        new(options, loggers, meters, clock, LocalPreparation.OpenState(options, clock), around);

    /// <summary>A request that the model's folder offers as an example (<c>example.json</c>), or null.</summary>
    public string? ExampleOf(string model) => repositories
        .Select(root => Path.Combine(root, model, "example.json"))
        .FirstOrDefault(File.Exists);

    /// <summary>Drains: no new requests, those under way end, sessions are dropped.</summary>
    public async ValueTask DisposeAsync()
    {
        await traffic.DisposeAsync().ConfigureAwait(false);
        await drift.DisposeAsync().ConfigureAwait(false);
        await webhooks.DisposeAsync().ConfigureAwait(false);
        shadows.Dispose();
        await models.DisposeAsync().ConfigureAwait(false);
        threads.Dispose();
        loader.Dispose();
        instruments.Dispose();
        state?.Dispose();
    }
}
