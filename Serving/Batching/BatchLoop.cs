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
    /// <summary>A run that has taken this many times what a quick one may is not quick.</summary>
    private const int Stuck = 25;

    private readonly BatchingOptions options;
    private readonly SessionThreads threads;
    private readonly TimeProvider clock;
    private readonly Lock gate = new();
    private readonly BatchQueue queue;
    private readonly ServiceTime service = new();
    private readonly QuickRuns quick;
    private readonly VersionCounters counters = new();
    private readonly Stack<Batch> idle = new();
    private readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer timer;
    private readonly long inlineLimit;
    private readonly int instances;
    private long timerSetFor = long.MaxValue;
    private long lastArrival;

    /// <summary>Runs under way, those included that a session thread was called for and that have not begun.</summary>
    private int running;

    /// <summary>Of those, the ones that have not begun.</summary>
    private int called;

    /// <summary>When the last run began.</summary>
    private long lastBegun;
    private bool closed;

    public BatchLoop(
        IModelSession session, BatchingOptions options, SessionThreads threads, VersionInstruments instruments, TimeProvider clock, ILogger log,
        ResponseCache? cache = null)
    {
        Cache = cache;
        Session = session;
        Log = log;
        Instruments = instruments;
        this.options = options;
        this.threads = threads;
        this.clock = clock;
        queue = new BatchQueue(options, clock.TimestampFrequency);
        inlineLimit = (long)(options.InlineLimit.TotalSeconds * clock.TimestampFrequency);
        quick = new QuickRuns(inlineLimit);
        // One run at a time is what keeps answers in the order of their requests.
        instances = options.PreserveOrdering ? 1 : options.Instances;
        lastArrival = clock.GetTimestamp();
        timer = clock.CreateTimer(static state => ((BatchLoop)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Ends when the loop is closed and its last request is answered.</summary>
    public Task Drained => drained.Task;

    public IModelSession Session { get; }

    /// <summary>Where the session threads leave what they have for callers.</summary>
    public Answers Answers { get; } = new();

    public ILogger Log { get; }

    public VersionInstruments Instruments { get; }

    /// <summary>Where answers are kept, by this loop; null when the version's are not.</summary>
    public ResponseCache? Cache { get; }

    /// <summary>Requests that wait.</summary>
    public int Waiting => queue.Requests;

    /// <summary>When the last request came, as a timestamp; when the loop began, before the first.</summary>
    public long LastArrival => Volatile.Read(ref lastArrival);

    /// <summary>Nothing waits and nothing runs.</summary>
    public bool IsIdle
    {
        get
        {
            lock (gate) return running == 0 && queue.Requests == 0;
        }
    }

    /// <summary>How long a request that came now would wait, as far as is known.</summary>
    public TimeSpan ExpectedWait
    {
        get
        {
            lock (gate) return TimeSpan.FromSeconds((double)ExpectedTicks(queue.Rows) / clock.TimestampFrequency);
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
        if (Cache is not null)
        {
            var began = clock.GetTimestamp();
            var found = Cache.Find(this, request);
            looked = Nanoseconds(began, clock.GetTimestamp());
            if (found is not null) return AnswerFromCache(request, found, began, looked);
        }

        lock (gate)
        {
            if (closed) return null;
            if (Cache is not null) counters.Missed(looked);
            request.Loop = this;
            lastArrival = request.Arrived;
            wait = ExpectedTicks(queue.RowsAhead(request.Request.Priority));
            if (queue.Add(request, request.Arrived, wait, ref displaced, service.LongRunOf(request.Rows)) is { } refused)
            {
                counters.Failed(0);
                return new ValueTask<Outcome<InferenceResponse>>(refused);
            }

            for (var i = 0; i < (displaced?.Count ?? 0); i++) counters.Failed(0);
            batch = CallIfDue(request.Arrived, ref expired);
            inline = batch is not null && queue.Requests == 1 && IsLone(request.Rows) && threads.Waiting == 0;
            if (inline) Fill(batch!, clock.GetTimestamp());
            else request.Watch(token);
            if (batch is null) SetTimer(request.Arrived);
        }

        if (expired is not null) Expire(expired);
        if (displaced is not null)
        {
            foreach (var other in displaced) other.Complete(queue.GaveWay(other, wait));
        }

        if (inline) batch!.RunOnce();
        else if (batch is not null) threads.Post(batch);
        return request.Task;
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
        timer.Dispose();
        Cache?.Drop(this);
    }

    public long Now() => clock.GetTimestamp();

    public TimeSpan Elapsed(long from, long to) => clock.GetElapsedTime(from, to);

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
            else Free(batch);
            further = CallIfDue(now, ref expired);
            if (further is null) SetTimer(now);
            EndIfDrained();
        }

        if (further is not null) threads.Post(further);
        if (expired is not null) Expire(expired);
        return begun;
    }

    /// <summary>Counts a batch that has run, and gives one to begin next if it is due.</summary>
    public Batch? Finish(Batch batch)
    {
        List<PendingInference>? expired = null;
        Batch? next;
        lock (gate)
        {
            batch.Record(counters, clock);
            service.Learn(batch.Duration, batch.Rows);
            quick.Learn(batch.Duration, batch.Rows);
            batch.Clear();
            idle.Push(batch);
            running--;
            var now = clock.GetTimestamp();
            next = CallIfDue(now, ref expired);
            if (next is null) SetTimer(now);
            EndIfDrained();
        }

        if (expired is not null) Expire(expired);
        return next;
    }

    /// <summary>Answers requests whose deadline passed before they could run. They never run.</summary>
    public void Expire(List<PendingInference> expired)
    {
        var now = clock.GetTimestamp();
        lock (gate)
        {
            foreach (var request in expired) counters.Failed(clock.GetElapsedTime(request.Arrived, now).Ticks * 100);
        }

        foreach (var request in expired)
        {
            request.Complete(new ServingError(ErrorCode.DeadlineExceeded,
                $"model '{request.Request.Model}': Request timeout expired before it could run; it waited {clock.GetElapsedTime(request.Arrived, now).TotalMilliseconds:F1} ms"));
        }
    }

    /// <summary>Gives a batch that is due to the session threads, behind what other models have due.</summary>
    public void Post(Batch batch) => threads.Post(batch);

    /// <summary>True when other work waits for a session thread.</summary>
    public bool OthersWait => threads.Waiting > 0;

    /// <summary>A run so short that calling a thread for it costs as much.</summary>
    private bool IsQuick(long run) => run < inlineLimit;

    /// <summary>
    /// A run is quick, and requests come so seldom that the session threads sleep between them. Run one by one on the few threads that
    /// read the sockets, requests that come fast would never meet in the queue; and reading many, running many and answering many costs
    /// less than doing all three with each, because the processor keeps the code at hand.
    /// </summary>
    private bool IsLone(int rows) => quick.Are(rows) && queue.MeanGap > Math.Max(2 * service.UsualRunOf(rows), inlineLimit / 2);

    private ValueTask<Outcome<InferenceResponse>>? AnswerFromCache(PendingInference request, Tensor[] outputs, long began, long looked)
    {
        var now = clock.GetTimestamp();
        lock (gate)
        {
            if (closed) return null;
            lastArrival = request.Arrived;
            counters.Hit(Nanoseconds(request.Arrived, now), Nanoseconds(request.Arrived, began), looked);
        }

        Instruments.Routed(request.Route);
        Instruments.Succeeded(Elapsed(request.Arrived, began), Elapsed(request.Arrived, now));
        return new ValueTask<Outcome<InferenceResponse>>(new InferenceResponse
        {
            Model = request.Request.Model,
            Version = request.Route.Version,
            Id = request.Request.Id,
            Outputs = outputs,
            Route = request.Route,
            Timing = new RequestTiming(Elapsed(request.Arrived, began), TimeSpan.Zero),
        });
    }

    private long Nanoseconds(long from, long to) => Elapsed(from, to).Ticks * 100;

    private long ExpectedTicks(int rows)
    {
        var ahead = running < instances ? 0 : service.Run / 2 / instances;
        return rows == 0 ? ahead : ahead + service.Expected(rows, instances);
    }

    /// <summary>A batch to begin, when one is due that a session is free for and that none which was called will take.</summary>
    private Batch? CallIfDue(long now, ref List<PendingInference>? expired)
    {
        if (queue.EarliestDeadline <= now) queue.Expire(now, expired ??= []);
        if (!CanCall(now) || queue.DueAt(now) > now) return null;
        running++;
        called++;
        return idle.TryPop(out var free) ? free : new Batch(this);
    }

    /// <summary>
    /// A session is free, and more waits than those that were called will take. Beside a quick run, another one must be worth it: its
    /// requests would join the next batch in less time than it takes to call a thread. A run that should be quick and does not end is
    /// waited for no longer.
    /// </summary>
    private bool CanCall(long now)
    {
        if (running == 0) return true;
        if (running >= instances) return false;
        var waiting = options.Dynamic ? queue.Rows : queue.Requests;
        var usual = service.UsualRunOf(options.Dynamic ? waiting : 1);
        var worthwhile = options.Dynamic ? service.BestSize(Math.Max(options.MaxBatchSize, 1)) : IsQuick(usual) ? Answers.Share : 1;
        if (called > 0) return waiting > called * worthwhile;
        return waiting >= worthwhile || !IsQuick(usual) || IsLone(queue.Rows) || now >= lastBegun + Stuck * inlineLimit;
    }

    private int Available => Math.Min(queue.Rows, Math.Max(options.MaxBatchSize, 1));

    private void Fill(Batch batch, long now)
    {
        called--;
        queue.Take(now, batch.Requests, service.NextSize(Available), service);
        batch.Started = lastBegun = now;
    }

    private void Free(Batch batch)
    {
        called--;
        running--;
        idle.Push(batch);
    }

    private void SetTimer(long now)
    {
        var due = CanCall(now) ? queue.DueAt(now)
            : running < instances && called == 0 && queue.Requests > 0 ? Math.Max(queue.DueAt(now), lastBegun + Stuck * inlineLimit)
            : long.MaxValue;
        var wake = Math.Min(due, queue.EarliestDeadline);
        if (wake >= timerSetFor) return;
        timerSetFor = wake;
        var wait = TimeSpan.FromSeconds((double)Math.Max(wake - now, 0) / clock.TimestampFrequency);
        // Timers count in whole milliseconds; rounded up, so that the time has come when it fires.
        timer.Change(TimeSpan.FromMilliseconds(Math.Min(Math.Ceiling(wait.TotalMilliseconds), int.MaxValue)), Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        List<PendingInference>? expired = null;
        Batch? batch;
        lock (gate)
        {
            timerSetFor = long.MaxValue;
            var now = clock.GetTimestamp();
            batch = CallIfDue(now, ref expired);
            if (batch is null) SetTimer(now);
            EndIfDrained();
        }

        if (batch is not null) threads.Post(batch);
        if (expired is not null) Expire(expired);
    }

    private void EndIfDrained()
    {
        if (closed && running == 0 && queue.Requests == 0) drained.TrySetResult();
    }
}
