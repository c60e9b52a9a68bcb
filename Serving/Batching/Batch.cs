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
internal sealed class Batch(BatchLoop loop) : ISessionWork
{
    private readonly List<Outcome<InferenceResponse>> outcomes = [];
    private long started;
    private long gathered;
    private long ran;
    private long ended;
    private long kept;

    public List<PendingInference> Requests { get; } = [];

    public int Count => Requests.Count;

    public int Rows { get; private set; }

    /// <summary>Ticks from the start of the gather to the end of the scatter.</summary>
    public long Duration => ended - started;

    /// <summary>Runs on a session thread, and goes on with the version's next batch while no other model waits.</summary>
    public void Run()
    {
        var next = Execute();
        while (next is not null)
        {
            if (loop.OthersWait)
            {
                loop.Post(next);
                return;
            }

            next = next.Execute();
        }
    }

    /// <summary>Runs on the caller's thread; a batch that became due meanwhile goes to the session threads.</summary>
    public void RunOnce()
    {
        if (Execute() is { } next) loop.Post(next);
    }

    /// <summary>Counts what happened. Called under the loop's lock.</summary>
    public void Record(VersionCounters counters, TimeProvider clock)
    {
        if (Requests.Count == 0) return;
        var input = Nanoseconds(started, gathered);
        var infer = Nanoseconds(gathered, ran);
        var output = Nanoseconds(ran, ended);
        counters.Ran(Rows, input, infer, output, (ulong)clock.GetUtcNow().ToUnixTimeMilliseconds());
        if (kept > 0) counters.Kept(Nanoseconds(ended, kept));
        for (var i = 0; i < Requests.Count; i++)
        {
            var request = Requests[i];
            var total = Nanoseconds(request.Arrived, ended);
            if (outcomes[i].IsSuccess) counters.Succeeded(request.Rows, total, Nanoseconds(request.Arrived, started), input, infer, output);
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
        try
        {
            Infer();
        }
        catch (Exception e)
        {
            BatchLog.Failed(loop.Log, Requests[0].Request.Model, e);
            ended = loop.Now();
            var error = new ServingError(ErrorCode.Internal, $"model '{Requests[0].Request.Model}' could not be run: {e.Message}");
            while (outcomes.Count < Requests.Count) outcomes.Add(error);
        }

        Measure();
        if (loop.Cache is { } cache) Keep(cache);

        // The batch is cleared and free for the next run once it is counted, so what completes the callers is set aside first.
        var count = Requests.Count;
        if (count == 1)
        {
            var (request, outcome) = (Requests[0], outcomes[0]);
            var following = loop.Finish(this);
            request.Complete(outcome);
            return following;
        }

        var requests = Requests.ToArray();
        var results = outcomes.ToArray();
        var next = loop.Finish(this);
        for (var i = 0; i < count; i++) requests[i].Complete(results[i]);
        return next;
    }

    private void Infer()
    {
        started = gathered = ran = ended = loop.Now();
        DropExpired();
        foreach (var request in Requests) Rows += request.Rows;
        if (Requests.Count == 0) return;
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
            gathered = loop.Now();
            result = loop.Session.Run(joined, Requests[0].Outputs, outputs);
            ran = loop.Now();
        }

        if (result.TryGetValue(out var tensors, out _) && BatchLayout.Scatter(Requests, Rows, tensors).TryGetValue(out var rows, out _))
        {
            ended = loop.Now();
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

    /// <summary>A batch may have waited for a session thread behind other models: what passed its deadline there does not run.</summary>
    private void DropExpired()
    {
        List<PendingInference>? expired = null;
        foreach (var request in Requests)
            if (request.Deadline <= started) (expired ??= []).Add(request);
        if (expired is null) return;
        Requests.RemoveAll(request => request.Deadline <= started);
        loop.Expire(expired);
    }

    private void InferAlone(PendingInference request)
    {
        var lease = new TensorLease(TensorPool.Shared);
        gathered = loop.Now();
        var result = loop.Session.Run(request.Inputs, request.Outputs, lease);
        ran = ended = loop.Now();
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
        kept = loop.Now();
    }

    private void Measure()
    {
        if (Requests.Count == 0) return;
        var instruments = loop.Instruments;
        instruments.Ran(Rows, loop.Elapsed(started, ended));
        for (var i = 0; i < Requests.Count; i++)
        {
            var request = Requests[i];
            instruments.Routed(request.Route);
            if (!outcomes[i].IsSuccess) continue;

            // What is measured of a traced request is an example of its bucket: that goes by the current span.
            var current = request.Trace is null ? null : Activity.Current;
            if (request.Trace is not null) Activity.Current = request.Trace;
            instruments.Succeeded(loop.Elapsed(request.Arrived, started), loop.Elapsed(request.Arrived, ended));
            if (request.Trace is not null) Activity.Current = current;
        }
    }

    private InferenceResponse Answer(PendingInference request, Tensor[] outputs, IDisposable lease) => new()
    {
        Model = request.Request.Model,
        Version = request.Route.Version,
        Id = request.Request.Id,
        Outputs = outputs,
        Route = request.Route,
        Timing = new RequestTiming(loop.Elapsed(request.Arrived, started), loop.Elapsed(started, ended))
        {
            Route = request.Routed == 0 ? TimeSpan.Zero : loop.Elapsed(request.Arrived, request.Routed),
        },
        Lease = lease,
    };

    private long Nanoseconds(long from, long to) => loop.Elapsed(from, to).Ticks * 100;
}
