using Microsoft.Extensions.Logging;
using Serving.Batching;
using Serving.Inference;
using Serving.Sessions;
using Serving.Telemetry;

namespace Serving.Models;

/// <summary>
/// Requests through a loop of their own, once in a process, before its first version is ready: what is compiled or looked up only
/// once between a request's check and its answer is done by then. Nothing counts them.
/// </summary>
internal sealed class LoopRehearsal(SessionThreads threads, TimeProvider clock, ILogger log)
{
    private const int Requests = 4;
    private int begun;

    /// <summary>Rehearses with this model unless another one did; blocks as long as its runs take.</summary>
    public void RunOnce(IModelSession session, ModelMetadata metadata, int maxBatchSize)
    {
        if (WarmUp.Zeros(metadata) is not { } zeros || Interlocked.Exchange(ref begun, 1) == 1) return;
        using var instruments = new ServingInstruments(meters: null);
        var options = new BatchingOptions { MaxBatchSize = maxBatchSize, Dynamic = maxBatchSize > 0 };
        using var loop = new BatchLoop(session, options, threads, instruments.For(metadata.Name, metadata.Version), clock, log);
        var check = new RequestCheck(metadata);
        var route = new RouteDecision(metadata.Version, null, RouteReason.Only, 0);
        for (var i = 0; i < Requests; i++)
        {
            var request = new InferenceRequest { Model = metadata.Name, Id = "rehearsal", Inputs = zeros };
            if (!check.Check(request, route, clock.GetTimestamp()).TryGetValue(out var pending, out _)
                || loop.TryEnqueue(pending, CancellationToken.None) is not { } running) return;
            if (running.AsTask().GetAwaiter().GetResult().TryGetValue(out var answer, out _)) answer.Dispose();
        }
    }
}
