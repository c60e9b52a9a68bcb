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
/// Requests to a tiny model through a table and a queue of their own, once in a process, before its first version is ready: what is
/// compiled, looked up or set aside only once between the choice of a version and its answer, in the runtime too and on each session
/// thread, is done by then. Nothing counts them.
/// </summary>
internal sealed class LoopRehearsal(OnnxRuntime runtime, SessionThreads threads, TimeProvider clock, ILogger log)
{
    /// <summary>Requests for each session thread, and as many in all on their caller's.</summary>
    private const int Requests = 4;

    /// <summary>Requests come so seldom that each is alone.</summary>
    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(1);

    /// <summary>Requests that were answered.</summary>
    public int Answered { get; private set; }

    public async Task RunAsync()
    {
        // A library that cannot run it serves all the same, with slow first answers.
        if (!OnnxSession.Load(runtime, RehearsalModel.Bytes, new SessionOptions()).TryGetValue(out var session, out _)) return;
        using var instruments = new ServingInstruments(meters: null);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, all) =>
        {
            if (instruments.Has(instrument)) all.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>(static (_, _, _, _) => { });
        listener.SetMeasurementEventCallback<double>(static (_, _, _, _) => { });
        listener.Start();
        using var version = Serve(session, instruments);
        var model = new ServedModel(
            version.Metadata.Name, new Dictionary<string, ServedVersion> { ["1"] = version }, [],
            new ModelVersions(["1"], FrozenDictionary<string, string>.Empty), ModelRouting.None);
        var table = new ModelTable(new Dictionary<string, ServedModel> { [model.Name] = model }.ToFrozenDictionary(StringComparer.Ordinal), settled: true);
        var inference = new LocalInference(() => table, null, clock);
        await AskAsync(inference, model.Name, Requests * threads.Count).ConfigureAwait(false);
        version.Loop.ExpectQuick();
        await AskAsync(inference, model.Name, Requests).ConfigureAwait(false);
    }

    private async Task AskAsync(LocalInference inference, string model, int requests)
    {
        using var caller = new CancellationTokenSource();
        for (var i = 0; i < requests; i++)
        {
            await Task.Delay(Gap, caller.Token).ConfigureAwait(false);
            using var lease = new TensorLease(TensorPool.Shared);
            var input = new Tensor("x", TensorType.Fp32, [1, 4], lease.Rent(4 * TensorType.Fp32.Size()));
            var request = new InferenceRequest { Model = model, Id = "rehearsal", Inputs = [input] };
            if (!(await inference.InferAsync(request, caller.Token).ConfigureAwait(false)).TryGetValue(out var answer, out _)) continue;
            answer.Dispose();
            Answered++;
        }
    }

    private ServedVersion Serve(IModelSession session, ServingInstruments instruments)
    {
        var metadata = new ModelMetadata
        {
            Name = "rehearsal", Version = "1", Versions = ["1"], Platform = "", MaxBatchSize = 4,
            Inputs = session.Signature.Inputs, Outputs = session.Signature.Outputs,
        };
        var drift = DriftSetup.Read(null, null, metadata, "").Value;
        var options = new BatchingOptions { MaxBatchSize = metadata.MaxBatchSize, Dynamic = true };
        return new ServedVersion(
            1, metadata, default, new BatchLoop(session, options, threads, instruments.For(metadata.Name, metadata.Version), clock, log))
        {
            Replicas = new ReplicaConfig(), Drift = drift,
            Tap = new ObservationTap(new ObservationLayout(metadata, [], drift.Quality?.Judged), 1, new ObservationQueue(), clock),
        };
    }
}
