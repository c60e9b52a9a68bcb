using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Serving.Batching;
using Serving.Drift.Observing;
using Serving.Inference;
using Serving.Routing;
using Serving.Sessions;
using Serving.Telemetry;

namespace Serving.Models;

/// <summary>
/// Requests through a table and a queue of their own, once in a process, before its first version is ready: what is compiled or
/// looked up only once between the choice of a version and its answer is done by then. Nothing counts them.
/// </summary>
internal sealed class LoopRehearsal(SessionThreads threads, TimeProvider clock, ILogger log)
{
    /// <summary>Requests that one session answers, on a session thread as the first of any version are.</summary>
    private const int Requests = 8;

    public async Task RunAsync()
    {
        using var instruments = new ServingInstruments(meters: null);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, all) =>
        {
            if (instruments.Has(instrument)) all.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>(static (_, _, _, _) => { });
        listener.SetMeasurementEventCallback<double>(static (_, _, _, _) => { });
        listener.Start();
        await AskAsync(instruments, new RehearsalSession(TimeSpan.FromMilliseconds(1)), 2).ConfigureAwait(false);
        await AskAsync(instruments, new RehearsalSession(TimeSpan.Zero), Requests).ConfigureAwait(false);
    }

    private async Task AskAsync(ServingInstruments instruments, RehearsalSession session, int requests)
    {
        var metadata = new ModelMetadata
        {
            Name = "rehearsal", Version = "1", Versions = ["1"], Platform = "", MaxBatchSize = 4,
            Inputs = session.Signature.Inputs, Outputs = session.Signature.Outputs,
        };
        var drift = DriftSetup.Read(null, null, metadata, "").Value;
        var options = new BatchingOptions { MaxBatchSize = metadata.MaxBatchSize, Dynamic = true };
        using var version = new ServedVersion(
            1, metadata, default, new BatchLoop(session, options, threads, instruments.For(metadata.Name, metadata.Version), clock, log))
        {
            Replicas = new ReplicaConfig(), Drift = drift,
            Tap = new ObservationTap(new ObservationLayout(metadata, [], drift.Quality?.Judged), 1, new ObservationQueue(), clock),
        };
        var model = new ServedModel(
            metadata.Name, new Dictionary<string, ServedVersion> { ["1"] = version }, [],
            new ModelVersions(["1"], FrozenDictionary<string, string>.Empty), ModelRouting.None);
        var table = new ModelTable(new Dictionary<string, ServedModel> { [model.Name] = model }.ToFrozenDictionary(StringComparer.Ordinal), settled: true);
        var inference = new LocalInference(() => table, null, clock);
        for (var i = 0; i < requests; i++)
        {
            var request = new InferenceRequest { Model = model.Name, Id = "rehearsal", Inputs = WarmUp.Zeros(metadata)! };
            if ((await inference.InferAsync(request, CancellationToken.None).ConfigureAwait(false)).TryGetValue(out var answer, out _)) answer.Dispose();
        }
    }
}
