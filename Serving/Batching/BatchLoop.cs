using Microsoft.Extensions.Logging;
using Serving.Caching;
using Serving.Inference;
using Serving.Models;
using Serving.Sessions;
using Serving.Telemetry;

namespace Serving.Batching;

/// <summary>
/// Drives one version's <see cref="BatchQueue"/>: takes requests in, has due batches run on the session threads, keeps the counts.
/// The queue is touched only under <see cref="gate"/>; nothing is run or completed while it is held.
/// </summary>
/// <remarks>
/// While every session of the version is busy the queue forms the next batch by itself. When a batch is due a session thread is
/// called, and what it runs is taken from the queue only when it begins: what came until then runs with it, what passed its deadline
/// or lost its caller does not. A lone request that finds a session idle and whose model is known to be quick runs on its caller's
/// thread: the hand-over to a session thread would cost more than the run. A timer wakes the loop for what only time can decide: a
/// batch held for company, a deadline.
/// </remarks>
internal sealed class BatchLoop : IDisposable
{
    private readonly RunParts parts;
    private readonly TimeProvider clock;
    private readonly Lock gate = new();
    private readonly BatchQueue queue;
    private readonly Runs runs;
    private readonly VersionCounters counters = new();
    private readonly Stack<Batch> idle = new();
    private readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Alarm alarm;
    private readonly int mostRows;
    private long lastArrival;
    private bool closed;

    public BatchLoop(
        IModelSession session, BatchingOptions options, SessionThreads threads, VersionInstruments instruments, TimeProvider clock, ILogger log,
        ResponseCache? cache = null)
    {
        parts = new RunParts(session, threads, instruments, cache, clock, log);
        this.clock = clock;
        queue = new BatchQueue(options, clock.TimestampFrequency);
        runs = new Runs(options, clock.TimestampFrequency);
        mostRows = Math.Max(options.MaxBatchSize, 1);
        lastArrival = clock.GetTimestamp();
        alarm = new Alarm(clock, OnAlarm);
    }

    /// <summary>Ends when the loop is closed and its last request is answered.</summary>
    public Task Drained => drained.Task;

    public IModelSession Session => parts.Session;

    /// <summary>Requests that wait.</summary>
    public int Waiting => queue.Requests;

    /// <summary>When the last request came, as a timestamp; when the loop began, before the first.</summary>
    public long LastArrival => Volatile.Read(ref lastArrival);

    /// <summary>Nothing waits and nothing runs.</summary>
    public bool IsIdle
    {
        get
        {
            lock (gate) return runs.AreNone && queue.Requests == 0;
        }
    }

    /// <summary>How long a request that came now would wait, as far as is known.</summary>
    public TimeSpan ExpectedWait
    {
        get
        {
            lock (gate) return TimeSpan.FromSeconds((double)runs.ExpectedWait(queue.Rows) / clock.TimestampFrequency);
        }
    }

    /// <summary>
    /// Takes a request in. Null when the loop is closed: the caller chooses again, since another version serves by now.
    /// </summary>
    public ValueTask<Outcome<InferenceResponse>>? TryEnqueue(PendingInference request, CancellationToken token)
    {
        Batch? batch;
        List<PendingInference>? expired = null;
        List<PendingInference>? displaced = null;
        var wait = 0L;
        bool inline;
        long looked = 0;
        if (parts.Cache is not null)
        {
            var began = clock.GetTimestamp();
            var found = parts.Cache.Find(this, request);
            looked = Nanoseconds(began, clock.GetTimestamp());
            if (found is not null) return AnswerFromCache(request, found, began, looked);
        }

        lock (gate)
        {
            if (closed) return null;
            if (parts.Cache is not null) counters.Missed(looked);
            request.Loop = this;
            lastArrival = request.Arrived;
            wait = runs.ExpectedWait(queue.RowsAhead(request.Request.Priority));
            if (queue.Add(request, request.Arrived, wait, ref displaced, runs.Service) is { } refused)
            {
                counters.Failed(0);
                return new ValueTask<Outcome<InferenceResponse>>(refused);
            }

            for (var i = 0; i < (displaced?.Count ?? 0); i++) counters.Failed(0);
            batch = Advance(request.Arrived, ref expired);
            inline = batch is not null && queue.Requests == 1 && runs.IsLone(queue, request.Rows) && parts.Threads.Waiting == 0;
            if (inline) Fill(batch!, clock.GetTimestamp());
            else request.Watch(token);
        }

        Expire(expired);
        if (displaced is not null)
        {
            foreach (var other in displaced) other.Complete(queue.GaveWay(other, wait));
        }

        if (inline) batch!.RunOnce();
        else if (batch is not null) parts.Threads.Post(batch);
        return request.Task;
    }

    /// <summary>Has a lone request of one row run on its caller's thread from the first one on, until a run is not quick.</summary>
    public void ExpectQuick()
    {
        lock (gate) runs.ExpectQuick();
    }

    /// <summary>Counts a request that was refused before it came here.</summary>
    public void CountRefusal()
    {
        lock (gate) counters.Failed(0);
    }

    /// <summary>Takes no more requests; what waits is still run. <see cref="Drained"/> ends when that is done.</summary>
    public void Close()
    {
        lock (gate)
        {
            closed = true;
            EndIfDrained();
        }
    }

    public ModelStatistics ReadStatistics(string model, string version, long memoryBytes)
    {
        lock (gate) return counters.Read(model, version, memoryBytes);
    }

    public void Dispose()
    {
        alarm.Dispose();
        parts.Cache?.Drop(this);
    }

    /// <summary>Takes a request whose caller went away out of the queue, if it is still there.</summary>
    public void OnCallerGone(PendingInference request)
    {
        lock (gate)
        {
            if (!queue.Remove(request)) return;
            counters.Failed(0);
            EndIfDrained();
        }

        request.Cancel();
    }

    /// <summary>Gives a batch that was called what is to run now; false when by now nothing is.</summary>
    public bool Begin(Batch batch)
    {
        List<PendingInference>? expired = null;
        Batch? further = null;
        bool begun;
        lock (gate)
        {
            var now = clock.GetTimestamp();
            if (queue.EarliestDeadline <= now) queue.Expire(now, expired ??= []);
            begun = queue.DueAt(now) <= now;
            if (begun) Fill(batch, now);
            else
            {
                runs.GiveUp();
                idle.Push(batch);
            }

            further = Advance(now, ref expired);
        }

        if (further is not null) parts.Threads.Post(further);
        Expire(expired);
        return begun;
    }

    /// <summary>Counts a batch that has run, and gives one to begin next if it is due.</summary>
    public Batch? Finish(Batch batch)
    {
        List<PendingInference>? expired = null;
        Batch? next;
        lock (gate)
        {
            batch.Record(counters);
            runs.End(batch.Duration, batch.Rows);
            batch.Clear();
            idle.Push(batch);
            next = Advance(clock.GetTimestamp(), ref expired);
        }

        Expire(expired);
        return next;
    }

    private ValueTask<Outcome<InferenceResponse>>? AnswerFromCache(PendingInference request, Tensor[] outputs, long began, long looked)
    {
        var now = clock.GetTimestamp();
        lock (gate)
        {
            if (closed) return null;
            lastArrival = request.Arrived;
            counters.Hit(Nanoseconds(request.Arrived, now), Nanoseconds(request.Arrived, began), looked);
        }

        parts.Instruments.Routed(request.Route);
        parts.Instruments.Succeeded(Elapsed(request.Arrived, began), Elapsed(request.Arrived, now));
        return new ValueTask<Outcome<InferenceResponse>>(
            request.Answer(outputs, new RequestTiming(Elapsed(request.Arrived, began), TimeSpan.Zero), lease: null));
    }

    /// <summary>Answers requests whose deadline passed before they could run. They never run.</summary>
    private void Expire(List<PendingInference>? expired)
    {
        if (expired is null) return;
        var now = clock.GetTimestamp();
        lock (gate)
        {
            foreach (var request in expired) counters.Failed(Nanoseconds(request.Arrived, now));
        }

        foreach (var request in expired)
        {
            request.Complete(new ServingError(ErrorCode.DeadlineExceeded,
                $"model '{request.Request.Model}': Request timeout expired before it could run; it waited {Elapsed(request.Arrived, now).TotalMilliseconds:F1} ms"));
        }
    }

    private TimeSpan Elapsed(long from, long to) => clock.GetElapsedTime(from, to);

    private long Nanoseconds(long from, long to) => Elapsed(from, to).Ticks * 100;

    /// <summary>
    /// A batch to begin, when one is due that a session is free for and that none which was called will take. If not, the alarm is set for
    /// when there will be.
    /// </summary>
    private Batch? Advance(long now, ref List<PendingInference>? expired)
    {
        if (queue.EarliestDeadline <= now) queue.Expire(now, expired ??= []);
        EndIfDrained();
        var due = runs.NextAt(queue, now);
        if (due > now)
        {
            alarm.Set(now, Math.Min(due, queue.EarliestDeadline));
            return null;
        }

        runs.Call();
        return idle.TryPop(out var free) ? free : new Batch(this, parts);
    }

    private void Fill(Batch batch, long now)
    {
        runs.Begin(now);
        queue.Take(now, batch.Requests, runs.Service.NextSize(Math.Min(queue.Rows, mostRows)), runs.Service);
        batch.Started = now;
    }

    private void OnAlarm()
    {
        List<PendingInference>? expired = null;
        Batch? batch;
        lock (gate)
        {
            alarm.Clear();
            batch = Advance(clock.GetTimestamp(), ref expired);
        }

        if (batch is not null) parts.Threads.Post(batch);
        Expire(expired);
    }

    private void EndIfDrained()
    {
        if (closed && runs.AreNone && queue.Requests == 0) drained.TrySetResult();
    }
}
