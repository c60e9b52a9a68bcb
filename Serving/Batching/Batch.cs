using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Serving.Caching;
using Serving.Inference;
using Serving.Sessions;
using Serving.Telemetry;

namespace Serving.Batching;

/// <summary>
/// The requests of one run: gathers their rows, runs the model, hands each request its own rows back. When the run of a batch
/// fails, its requests run again one by one, so that one caller's bad input costs nobody else anything.
/// </summary>
internal sealed class Batch(BatchLoop loop, RunParts parts) : ISessionWork
{
    private readonly List<Outcome<InferenceResponse>> outcomes = [];
    private long gathered;
    private long ran;
    private long ended;
    private long kept;

    public List<PendingInference> Requests { get; } = [];

    /// <summary>When its requests were taken from the queue to run.</summary>
    public long Started { get; set; }

    public int Rows { get; private set; }

    /// <summary>Ticks from the start of the gather to the end of the scatter.</summary>
    public long Duration => ended - Started;

    /// <summary>Runs on a session thread, and goes on with the version's next batch while no other model waits.</summary>
    public void Run()
    {
        for (var batch = this; loop.Begin(batch);)
        {
            var next = batch.Execute();
            if (next is null) return;
            if (parts.Threads.Waiting > 0)
            {
                parts.Threads.Post(next);
                return;
            }

            batch = next;
        }
    }

    /// <summary>Runs its one request on the caller's thread; a batch that became due meanwhile goes to the session threads.</summary>
    public void RunOnce()
    {
        ExecuteAll();
        var (request, outcome) = (Requests[0], outcomes[0]);
        var next = loop.Finish(this);
        request.Complete(outcome);
        if (next is not null) parts.Threads.Post(next);
    }

    /// <summary>Counts what happened. Called under the loop's lock.</summary>
    public void Record(VersionCounters counters)
    {
        var input = Nanoseconds(Started, gathered);
        var infer = Nanoseconds(gathered, ran);
        var output = Nanoseconds(ran, ended);
        counters.Ran(Rows, input, infer, output, (ulong)parts.Clock.GetUtcNow().ToUnixTimeMilliseconds());
        if (kept > 0) counters.Kept(Nanoseconds(ended, kept));
        for (var i = 0; i < Requests.Count; i++)
        {
            var request = Requests[i];
            var total = Nanoseconds(request.Arrived, ended);
            if (outcomes[i].IsSuccess) counters.Succeeded(request.Rows, total, Nanoseconds(request.Arrived, Started), input, infer, output);
            else counters.Failed(total);
        }
    }

    public void Clear()
    {
        Requests.Clear();
        outcomes.Clear();
        Rows = 0;
        kept = 0;
    }

    private Batch? Execute()
    {
        ExecuteAll();

        // The batch is cleared and free for the next run once it is counted, so its answers are taken before; and nobody is to have
        // one that is not counted yet.
        if (Requests.Count == 1)
        {
            var (request, outcome) = (Requests[0], outcomes[0]);
            var following = loop.Finish(this);
            parts.Answers.Send(request, outcome);
            return following;
        }

        var requests = Requests.ToArray();
        var results = outcomes.ToArray();
        var next = loop.Finish(this);
        for (var i = 0; i < requests.Length; i++) parts.Answers.Send(requests[i], results[i]);
        return next;
    }

    private void ExecuteAll()
    {
        try
        {
            Infer();
        }
        catch (Exception e)
        {
            BatchLog.Failed(parts.Log, Requests[0].Request.Model, e);
            ended = parts.Now();
            var error = new ServingError(ErrorCode.Internal, $"model '{Requests[0].Request.Model}' could not be run: {e.Message}");
            while (outcomes.Count < Requests.Count) outcomes.Add(error);
        }

        Measure();
        if (parts.Cache is { } cache) Keep(cache);
    }

    private void Infer()
    {
        gathered = ran = ended = Started;
        foreach (var request in Requests) Rows += request.Rows;
        if (Requests.Count == 1)
        {
            InferAlone(Requests[0]);
            return;
        }

        var outputs = new TensorLease(TensorPool.Shared);
        Outcome<Tensor[]> result;
        using (var inputs = new TensorLease(TensorPool.Shared))
        {
            var joined = BatchLayout.Gather(Requests, Rows, inputs);
            gathered = parts.Now();
            result = parts.Session.Run(joined, Requests[0].Outputs, outputs);
            ran = parts.Now();
        }

        if (result.TryGetValue(out var tensors, out _) && BatchLayout.Scatter(Requests, Rows, tensors).TryGetValue(out var rows, out _))
        {
            ended = parts.Now();
            var lease = new SharedLease(outputs, Requests.Count);
            for (var i = 0; i < Requests.Count; i++) outcomes.Add(Answer(Requests[i], rows[i], lease));
            return;
        }

        outputs.Dispose();

        // A run that was ended for its length would only be as long again.
        if (result.Error is { Code: ErrorCode.DeadlineExceeded } tooLong)
        {
            ended = ran;
            foreach (var request in Requests) outcomes.Add(Named(request, tooLong));
            return;
        }

        foreach (var request in Requests) InferAlone(request);
    }

    private void InferAlone(PendingInference request)
    {
        var lease = new TensorLease(TensorPool.Shared);
        gathered = parts.Now();
        var result = parts.Session.Run(request.Inputs, request.Outputs, lease);
        ran = ended = parts.Now();
        if (result.TryGetValue(out var tensors, out var error))
        {
            outcomes.Add(Answer(request, tensors, lease));
            return;
        }

        lease.Dispose();
        outcomes.Add(Named(request, error));
    }

    private static ServingError Named(PendingInference request, ServingError error) =>
        error with { Message = $"model '{request.Request.Model}': {error.Message}" };

    private void Keep(ResponseCache cache)
    {
        for (var i = 0; i < Requests.Count; i++)
            if (outcomes[i].TryGetValue(out var answer, out _)) cache.Keep(loop, Requests[i], answer.Outputs);
        kept = parts.Now();
    }

    private void Measure()
    {
        var instruments = parts.Instruments;
        instruments.Ran(Rows, parts.Elapsed(Started, ended));
        for (var i = 0; i < Requests.Count; i++)
        {
            var request = Requests[i];
            instruments.Routed(request.Route);
            if (!outcomes[i].IsSuccess) continue;

            // What is measured of a traced request is an example of its bucket: that goes by the current span.
            var current = request.Trace is null ? null : Activity.Current;
            if (request.Trace is not null) Activity.Current = request.Trace;
            instruments.Succeeded(parts.Elapsed(request.Arrived, Started), parts.Elapsed(request.Arrived, ended));
            if (request.Trace is not null) Activity.Current = current;
        }
    }

    private InferenceResponse Answer(PendingInference request, Tensor[] outputs, IDisposable lease)
    {
        var route = request.Routed == 0 ? TimeSpan.Zero : parts.Elapsed(request.Arrived, request.Routed);
        var timing = new RequestTiming(parts.Elapsed(request.Arrived, Started), parts.Elapsed(Started, ended)) { Route = route };
        return request.Answer(outputs, timing, lease);
    }

    private long Nanoseconds(long from, long to) => parts.Elapsed(from, to).Ticks * 100;
}
