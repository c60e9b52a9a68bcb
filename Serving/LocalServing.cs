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

    private LocalServing(ServingOptions options, ILoggerFactory loggers, IMeterFactory? meters, TimeProvider clock, SessionWrapper? around)
    {
        var log = loggers.CreateLogger("Serving");
        var runtime = OnnxRuntime.Load(options.OnnxRuntimeLibrary, loggers.CreateLogger("OnnxRuntime"));
        state = options.DataDirectory is { } directory ? StateStore.OpenIn(directory, clock) : null;
        ITrafficStore store = state is null ? new UnsavedTraffic() : new SavedTraffic(state);
        var states = store.Load();
        var routing = states.ToDictionary(s => s.Key, s => new ModelRouting(s.Value.Document, s.Value.Epoch, Tally: null));

        repositories = options.ModelRepositories;
        instruments = new ServingInstruments(meters);
        var observations = new ObservationQueue();
        threads = new SessionThreads(options.SessionThreads);
        loader = new VersionLoader(runtime, options, threads, instruments, clock, log, observations, around);
        var repository = new RepositoryReader(repositories, requireStable: options.ControlMode == ControlMode.Poll);
        models = new ModelLoop(options, loader, repository, routing, clock, log);
        instruments.Observe(() => models.Table.Served, () => models.Table.Index);
        shadows = new ShadowLoop(threads, clock);
        var kept = new SavedDrift(state);
        webhooks = new WebhookLoop(kept, WebhookLoop.Network(), clock, loggers.CreateLogger("Drift"));
        drift = new DriftLoop(models, observations, kept, webhooks, clock, loggers.CreateLogger("Drift"));
        instruments.Observe(() => drift.Numbers, () => webhooks.Waiting);
        traffic = new TrafficLoop(models, shadows, drift, store, states, clock, loggers.CreateLogger("Routing"));
        Access = new LocalAccessStore(state, clock);
        Engine = new LocalServingEngine(models, new LocalModelCatalog(models), traffic, shadows, drift, drift, clock);
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
    /// <exception cref="InvalidOperationException">ONNX Runtime's library or the state file is missing or unfit; the message says what to do.</exception>
    public static LocalServing Start(
        ServingOptions options, ILoggerFactory loggers, IMeterFactory? meters = null, TimeProvider? clock = null) =>
        new(options, loggers, meters, clock ?? TimeProvider.System, around: null);

    /// <summary>As above, with something of the caller's around each session: tests put one in that waits.</summary>
    internal static LocalServing Start(
        ServingOptions options, ILoggerFactory loggers, IMeterFactory? meters, TimeProvider clock, SessionWrapper? around) =>
        new(options, loggers, meters, clock, around);

    /// <summary>
    /// Begins to load the native libraries on another thread, while the caller sets up what does not need them: start waits for
    /// little else. What fails here fails again, with its reason, in <see cref="Start"/>.
    /// </summary>
    public static void LoadAhead(ServingOptions options) => Task.Run(() =>
    {
        StateFile.LoadLibrary();
        return OnnxRuntime.Load(options.OnnxRuntimeLibrary, logger: null);
    });

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
