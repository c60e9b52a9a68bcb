using Serving.Inference;

namespace Serving.Batching;

/// <summary>
/// The requests that wait for one version, and when a batch of them is due.
/// </summary>
/// <remarks>
/// <para>A machine: it knows no clock, lock or thread. Its driver, <see cref="BatchLoop"/>, calls it under one lock and passes
/// <c>now</c> in, a timestamp in ticks of the clock whose frequency the constructor is given.</para>
/// <para>Sizes are counted in rows, never in requests: a batch never exceeds <see cref="BatchingOptions.MaxBatchSize"/> rows. A
/// request larger than that never enters (the engine refuses it).</para>
/// <para>Order: lower level first, then turn, which is arrival for one caller and equal shares of the rows for several
/// (<see cref="CallerShares"/>). A full queue takes a request whose turn is earlier than the last one's, which gives way: one noisy
/// caller cannot keep the others out. When answers must keep their order, callers are not told apart. Requests whose time ran out under a delaying policy follow all others of their
/// level. A batch is the oldest request and those behind it on the same level that share its layout; requests of unlike shape
/// never share a batch. When answers must keep their order, the first unlike request ends the batch.</para>
/// <para>When due: a batch that is full, or of a preferred size, or whose first request has waited the queue delay, at once.
/// Otherwise it is held for company, but only if company is likely, judged by the mean gap between arrivals: a lone caller never
/// pays for a delay that brings nobody.</para>
/// <para>Deadlines are absolute. <see cref="Expire"/> takes out what is past its deadline; an expired request never runs.</para>
/// </remarks>
internal sealed class BatchQueue
{
    /// <summary>How far behind its first request a batch looks for company of the same layout.</summary>
    private const int Reach = 512;

    private readonly BatchingOptions options;
    private readonly long ticksPerSecond;
    private readonly long delay;
    private readonly Level[] levels;
    private long bytes;
    private int requests;
    private int rows;
    private long earliestDeadline = long.MaxValue;
    private long lastArrival = long.MinValue;
    private double gap = double.MaxValue;

    /// <summary>When the queue was empty, or gave a batch, last.</summary>
    private long since;

    public BatchQueue(BatchingOptions options, long ticksPerSecond)
    {
        this.options = options;
        this.ticksPerSecond = ticksPerSecond;
        delay = Ticks(options.MaxQueueDelay);
        levels = new Level[Math.Max(options.PriorityLevels, 1)];
        for (var i = 0; i < levels.Length; i++)
            levels[i] = new Level(options.LevelPolicies.GetValueOrDefault(i + 1, options.DefaultPolicy));
    }

    public int Requests => requests;

    public int Rows => rows;

    public long Bytes => bytes;

    /// <summary>Mean ticks between arrivals; <see cref="double.MaxValue"/> before the second.</summary>
    public double MeanGap => gap;

    /// <summary>No request's deadline is earlier than this.</summary>
    public long EarliestDeadline => earliestDeadline;

    /// <summary>
    /// Takes a request in, with its level and deadline set, or says why not. A request that has to wait and would not be answered
    /// before its deadline is refused now; one that need not wait is taken, since its deadline only limits the wait.
    /// </summary>
    /// <param name="request">What came.</param>
    /// <param name="now">The time.</param>
    /// <param name="expectedWait">What the rows already waiting will take, in ticks.</param>
    /// <param name="displaced">Gets the requests that gave way to it; they are no longer here.</param>
    /// <param name="service">What runs take; null when not known.</param>
    public ServingError? Add(PendingInference request, long now, long expectedWait, ref List<PendingInference>? displaced, ServiceTime? service = null)
    {
        var asked = request.Request.Priority;
        if (asked > levels.Length)
            return ServingError.Invalid($"priority {asked} is not one of the model's {levels.Length} level(s)");
        request.Level = LevelOf(asked);
        var level = levels[request.Level];
        request.Due = Deadline(request, level.Policy);
        var isTimed = request.Due != long.MaxValue && !level.Policy.DelayExpired;
        request.Deadline = isTimed && expectedWait > 0 && service is not null ? request.Due - service.RoomFor(RowsBeside(request, service), request.Due - now) : request.Due;

        if (isTimed && now + expectedWait > request.Deadline)
            return Overloaded(request, "the requests ahead would take longer than this one may wait", now + expectedWait - request.Deadline);
        request.Turn = TurnOf(request, level.Shares);
        while (IsFull(request, level))
        {
            if (level.Waiting.Last is not { } last || last.Value.Turn <= request.Turn)
                return Overloaded(request, "Exceeds maximum queue size", expectedWait);
            (displaced ??= []).Add(last.Value);
            Remove(last.Value);
        }

        if (lastArrival != long.MinValue)
        {
            var since = now - lastArrival;
            gap = gap == double.MaxValue ? since : gap + 0.1 * (since - gap);
        }

        lastArrival = now;
        if (requests == 0) since = now;
        request.Place = Insert(level.Waiting, request);
        if (request.Turn > 0) level.Shares.Enter(CallerOf(request), request.Turn);
        Count(level, request, 1);
        if (request.Deadline < earliestDeadline) earliestDeadline = request.Deadline;
        return null;
    }

    /// <summary>Rows that wait and are served before a request of that priority.</summary>
    public int RowsAhead(int priority)
    {
        if (levels.Length == 1) return rows;
        var (ahead, last) = (0, Math.Min(LevelOf(priority), levels.Length - 1));
        for (var i = 0; i <= last; i++) ahead += levels[i].Rows;
        return ahead;
    }

    /// <summary>Takes out a request whose caller went away; false when it is no longer here.</summary>
    public bool Remove(PendingInference request)
    {
        if (request.Place?.List is not { } list) return false;
        list.Remove(request.Place);
        Leave(request);
        return true;
    }

    /// <summary>Why a request was given up for another, to be told to its caller.</summary>
    public ServingError GaveWay(PendingInference request, long expectedWait) =>
        Overloaded(request, "Exceeds maximum queue size, and this caller's requests fill more than its share", expectedWait);

    /// <summary>Takes out all that is past its deadline, or moves it behind the others where its level says so.</summary>
    public void Expire(long now, List<PendingInference> expired)
    {
        if (now < earliestDeadline) return;
        earliestDeadline = long.MaxValue;
        foreach (var level in levels)
        {
            for (var node = level.Waiting.First; node is not null;)
            {
                var next = node.Next;
                var request = node.Value;
                if (request.Deadline > now)
                {
                    if (request.Deadline < earliestDeadline) earliestDeadline = request.Deadline;
                }
                else
                {
                    level.Waiting.Remove(node);
                    if (level.Policy.DelayExpired)
                    {
                        // Its time is over and does not run out a second time.
                        request.Deadline = long.MaxValue;
                        level.Delayed.AddLast(node);
                    }
                    else
                    {
                        Leave(request);
                        expired.Add(request);
                    }
                }

                node = next;
            }
        }
    }

    /// <summary>
    /// When the next batch is due: a time not after <paramref name="now"/> when it is due already, <see cref="long.MaxValue"/> when
    /// nothing waits.
    /// </summary>
    public long DueAt(long now)
    {
        if (requests == 0) return long.MaxValue;
        if (delay == 0 || !options.Dynamic) return now;
        var first = First();
        // Of several callers the first need not be the oldest: nobody is held because others come.
        var held = levels[first.Value.Level].Shares.IsShared ? Math.Min(first.Value.Arrived, since) : first.Value.Arrived;
        var due = held + delay;
        if (due <= now || now + gap > due) return now;
        var available = Available(first);
        return available >= options.MaxBatchSize || Preferred(available) > 0 ? now : due;
    }

    /// <summary>Takes the next batch out. Call when one is due; never empty then.</summary>
    /// <param name="now">The time.</param>
    /// <param name="batch">Where the requests go.</param>
    /// <param name="worthwhile">Rows that are worth running together; what the configuration prefers goes before that.</param>
    /// <param name="service">
    /// What runs take: a batch is no larger than lets each of its requests be answered before its own deadline. Null when not known.
    /// </param>
    public void Take(long now, List<PendingInference> batch, int worthwhile = int.MaxValue, ServiceTime? service = null)
    {
        var first = First();
        var list = first.List!;
        var limit = options.Dynamic ? options.MaxBatchSize : 0;
        if (limit > 0 && options.PreferredSizes.Count > 0 && first.Value.Arrived + delay > now && Preferred(Available(first)) is > 0 and var size && size < limit)
            limit = size;
        else if (options.PreferredSizes.Count == 0) limit = Math.Min(limit, Math.Min(worthwhile, options.TunedBatchSize));

        var leader = first.Value;
        since = now;
        var taken = 0;
        var looked = 0;
        for (var node = first; node is not null && looked < Reach; looked++)
        {
            var next = node.Next;
            var request = node.Value;
            var within = request.Due == long.MaxValue || service is null ? limit : service.RowsWithin(request.Due - now, limit);
            var fits = taken == 0 || taken + request.Rows <= within && request.SharesLayoutWith(leader);
            if (fits)
            {
                limit = within;
                list.Remove(node);
                levels[request.Level].Shares.Serve(request.Turn);
                Leave(request);
                batch.Add(request);
                taken += request.Rows;
            }
            else if (options.PreserveOrdering) break;

            if (taken >= limit) break;
            node = next;
        }
    }

    private static string CallerOf(PendingInference request) => request.Request.Caller ?? "";

    /// <summary>Puts a request where its turn is: behind all, unless callers with more waiting than it came before.</summary>
    private static LinkedListNode<PendingInference> Insert(LinkedList<PendingInference> list, PendingInference request)
    {
        if (list.Last is not { } last || last.Value.Turn <= request.Turn) return list.AddLast(request);

        // From the nearer end, as far as turns can tell.
        var node = list.First!;
        if (request.Turn - node.Value.Turn < last.Value.Turn - request.Turn)
        {
            while (node.Value.Turn <= request.Turn) node = node.Next!;
            return list.AddBefore(node, request);
        }

        for (node = last; node.Previous is { } before && before.Value.Turn > request.Turn;) node = before;
        return list.AddBefore(node, request);
    }

    private long TurnOf(PendingInference request, CallerShares shares) =>
        options.PreserveOrdering || request.Request.Caller is null && !shares.IsUsed ? 0 : shares.TurnOf(CallerOf(request), request.Rows);

    /// <summary>Rows of the run that a request which comes now will be in.</summary>
    private int RowsBeside(PendingInference request, ServiceTime service) =>
        options.Dynamic ? Math.Max(request.Rows, service.BestSize(Math.Min(rows + request.Rows, options.MaxBatchSize))) : request.Rows;

    private bool IsFull(PendingInference request, Level level) =>
        requests >= options.MaxQueuedRequests || bytes + request.Bytes > options.MaxQueuedBytes
        || level.Policy.MaxQueuedRows > 0 && level.Rows + request.Rows > level.Policy.MaxQueuedRows;

    private void Leave(PendingInference request)
    {
        var level = levels[request.Level];
        request.Place = null;
        if (request.Turn > 0) level.Shares.Leave(CallerOf(request));
        Count(level, request, -1);
    }

    private LinkedListNode<PendingInference> First()
    {
        foreach (var level in levels)
            if ((level.Waiting.First ?? level.Delayed.First) is { } node) return node;
        throw new InvalidOperationException("The queue is empty.");
    }

    /// <summary>Rows that the next batch could have now.</summary>
    private int Available(LinkedListNode<PendingInference> first)
    {
        var sum = 0;
        var looked = 0;
        for (var node = first; node is not null && looked < Reach && sum < options.MaxBatchSize; node = node.Next, looked++)
        {
            if (node.Value.SharesLayoutWith(first.Value)) sum += node.Value.Rows;
            else if (options.PreserveOrdering) break;
        }

        return sum;
    }

    /// <summary>The largest preferred size that the available rows reach; 0 when they reach none.</summary>
    private int Preferred(int available)
    {
        for (var i = options.PreferredSizes.Count - 1; i >= 0; i--)
            if (options.PreferredSizes[i] <= available) return options.PreferredSizes[i];
        return 0;
    }

    private long Deadline(PendingInference request, QueuePolicy policy)
    {
        var timeout = policy.DefaultTimeout == TimeSpan.Zero ? TimeSpan.MaxValue : policy.DefaultTimeout;
        if (request.Request.Timeout is { } own && policy.AllowTimeoutOverride && own < timeout) timeout = own;
        return timeout == TimeSpan.MaxValue ? long.MaxValue : request.Arrived + Ticks(timeout);
    }

    private int LevelOf(int priority) => Math.Max(0, (priority == 0 ? options.DefaultPriorityLevel : priority) - 1);

    private ServingError Overloaded(PendingInference request, string why, long expectedWait) => new(
        ErrorCode.Overloaded, $"model '{request.Request.Model}': {why} ({requests} requests, {rows} rows wait)",
        TimeSpan.FromSeconds((double)Math.Max(expectedWait, 0) / ticksPerSecond));

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * ticksPerSecond);

    private void Count(Level level, PendingInference request, int sign)
    {
        requests += sign;
        rows += sign * request.Rows;
        level.Rows += sign * request.Rows;
        bytes += sign * request.Bytes;
    }

    private sealed class Level(QueuePolicy policy)
    {
        public QueuePolicy Policy { get; } = policy;

        public CallerShares Shares { get; } = new();

        public LinkedList<PendingInference> Waiting { get; } = new();

        public LinkedList<PendingInference> Delayed { get; } = new();

        public int Rows { get; set; }
    }
}
