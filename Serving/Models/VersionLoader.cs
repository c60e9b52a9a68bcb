using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Serving.Batching;
using Serving.Caching;
using Serving.Drift.Observing;
using Serving.Models.Config;
using Serving.Models.Config.Completion;
using Serving.Models.Config.Reading;
using Serving.Models.Config.Values;
using Serving.Models.Tuning;
using Serving.Sessions;
using Serving.Telemetry;

namespace Serving.Models;

/// <summary>Makes a served version out of files: session, effective configuration, warm-up, queue.</summary>
/// <param name="runtime">The native library.</param>
/// <param name="options">How the process serves.</param>
/// <param name="threads">What runs the sessions.</param>
/// <param name="instruments">What counts.</param>
/// <param name="clock">The time.</param>
/// <param name="log">The log.</param>
/// <param name="observations">Where what was seen goes; null for nowhere.</param>
/// <param name="around">Puts something of the caller's around each session; null for nothing. Measurements put a session in that only waits.</param>
internal sealed class VersionLoader(
    OnnxRuntime runtime,
    ServingOptions options,
    SessionThreads threads,
    ServingInstruments instruments,
    TimeProvider clock,
    ILogger log,
    ObservationQueue? observations = null,
    SessionWrapper? around = null) : IDisposable
{
    private readonly ResponseCache cache = new(options.ResponseCacheBytes);
    private readonly RunWatch watch = new(options.MaxRunTime, clock);
    private readonly MemoryMeasure memory = new();
    private readonly Lazy<Task> rehearsal = new(() => Task.Run(new LoopRehearsal(runtime, threads, clock, log).RunAsync));

    /// <summary>Loads and warms a version. Blocks, for minutes with large models; never on the thread pool.</summary>
    /// <param name="config">As read from the model's folder.</param>
    /// <param name="folder">The model's folder, for label and warm-up files.</param>
    /// <param name="version">The version's number.</param>
    /// <param name="modelFile">The version's model file.</param>
    public Outcome<ServedVersion> Load(ModelConfig config, string folder, long version, string modelFile)
    {
        using var reading = memory.Begin();
        var rehearsing = rehearsal.Value;
        if (!RuntimeSettings.ReadSession(config).TryGetValue(out var settings, out var error)) return error;
        using var sessions = new SessionChoice(settings, chosen => OnnxSession.Load(runtime, modelFile, chosen, watch));
        if (!sessions.Open(settings.IntraOpThreads).TryGetValue(out var session, out error)
            || !Complete(config, session.Signature).TryGetValue(out var effective, out error)) return error;
        var tuned = effective.Serving.Tuning is { } tuning ? Tune(sessions, tuning, effective, version) : new Tuned(effective, null);
        if (!sessions.Take(tuned.Threads ?? settings.IntraOpThreads).TryGetValue(out session, out error)) return error;
        var served = Serve(around is null ? session : around(session), tuned, folder, version);
        rehearsing.GetAwaiter().GetResult();
        if (!served.TryGetValue(out var result, out error)) return error;
        result.MemoryBytes = reading.Of(modelFile);
        return result;
    }

    /// <summary>Ends the watch over runs, when no version is left.</summary>
    public void Dispose() => watch.Dispose();

    private Outcome<ServedVersion> Serve(IModelSession session, Tuned tuned, string folder, long version)
    {
        var effective = tuned.Config;
        var metadata = SignatureView.Metadata(effective, Number(version), file => SignatureView.ReadLabels(Path.Combine(folder, file)));
        var view = SignatureView.Session(session, effective, metadata);
        if (!DriftSetup.Read(effective.Serving.Drift?.Root, effective.Serving.Quality?.Root, metadata, folder).TryGetValue(out var drift, out var error)
            || !ReadReplicas(effective).TryGetValue(out var replicas, out error)
            || (error = WarmUp.Run(view, effective, metadata, folder, clock, out var last)) is not null)
        {
            session.Dispose();
            return error;
        }

        var settings = RuntimeSettings.ReadSession(effective).Value;
        var batching = RuntimeSettings.ReadBatching(effective, settings, threads.Count) with { TunedBatchSize = tuned.Rows ?? int.MaxValue };
        var loop = new BatchLoop(view, batching, threads, instruments.For(metadata.Name, metadata.Version), clock, log,
            effective.ResponseCacheEnabled ? cache : null);
        if (WarmUp.IsQuick(view, metadata, last, batching.InlineLimit, clock)) loop.ExpectQuick();
        return new ServedVersion(version, metadata, ConfigJsonWriter.Write(effective), loop)
        {
            Drift = drift,
            Replicas = replicas,
            Tap = observations is null ? null : drift.AnswerTap(metadata, observations, clock),
            AutomaticRollout = effective.Serving.Rollout is { } rollout ? new ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes(rollout.Root.GetRawText())) : default(ReadOnlyMemory<byte>?),
        };
    }

    /// <summary>Measures which setting serves best, and writes it into the configuration.</summary>
    private Tuned Tune(SessionChoice sessions, JsonSection section, ModelConfig config, long version)
    {
        var metadata = SignatureView.Metadata(config, Number(version), static _ => null);
        var goal = TuningGoal.Read(section.Root).Value;
        var found = new Tuner(threads, clock).Run(sessions, session => SignatureView.Session(session, config, metadata), metadata, goal);
        var tuned = new Tuned(config, found);
        ModelLog.Tuned(log, config.Name, version, tuned.Finding);
        return tuned;
    }

    private static string Number(long version) => version.ToString(CultureInfo.InvariantCulture);

    private static Outcome<ReplicaConfig> ReadReplicas(ModelConfig config) =>
        config.Serving.Replicas is { } section ? ReplicaConfigJson.Read(section.Root) : new ReplicaConfig();

    private static Outcome<ModelConfig> Complete(ModelConfig config, SessionSignature signature) =>
        ConfigCompletion.Complete(config, signature.Inputs, signature.Outputs, signature.RowsAreIndependent);
}
