using Serving.Batching;
using Serving.Inference;

namespace Serving.Tests.Batching;

/// <summary>Time is in milliseconds here: the queue's clock is given 1,000 ticks a second.</summary>
public sealed class BatchQueueTests
{
    private static readonly BatchingOptions Dynamic = new() { MaxBatchSize = 8, Dynamic = true };

    private List<PendingInference>? displaced;

    [Fact]
    public void DueAt_LoneRequestWithoutDelay_IsDueAtOnce()
    {
        var queue = new BatchQueue(Dynamic, 1000);
        Add(queue, 5);

        Assert.Equal(5, queue.DueAt(5));
        Assert.Single(Take(queue, 5));
        Assert.Equal(long.MaxValue, queue.DueAt(6));
    }

    [Fact]
    public void DueAt_LoneRequestWithDelay_IsNotHeldForCompanyThatIsUnlikely()
    {
        var queue = new BatchQueue(Dynamic with { MaxQueueDelay = TimeSpan.FromMilliseconds(20) }, 1000);
        for (var now = 0; now < 5000; now += 500)
        {
            Add(queue, now);
            Assert.True(queue.DueAt(now) <= now);
            Take(queue, now);
        }
    }

    [Fact]
    public void DueAt_BusyArrivalsWithDelay_HoldsUntilTheDelayOrAFullBatch()
    {
        var queue = new BatchQueue(Dynamic with { MaxQueueDelay = TimeSpan.FromMilliseconds(20) }, 1000);
        for (var now = 0; now < 30; now++)
        {
            Add(queue, now);
            Take(queue, now);
        }

        Add(queue, 100);
        Add(queue, 101);
        Assert.Equal(120, queue.DueAt(101));
        for (var i = 0; i < 6; i++) Add(queue, 102);
        Assert.Equal(102, queue.DueAt(102));
        Assert.Equal(8, Take(queue, 102).Sum(r => r.Rows));
    }

    [Fact]
    public void Take_PreferredSizeReached_TakesThatMany()
    {
        var queue = new BatchQueue(Dynamic with { PreferredSizes = [2, 4], MaxQueueDelay = TimeSpan.FromMilliseconds(20) }, 1000);
        for (var i = 0; i < 5; i++) Add(queue, 0);

        Assert.True(queue.DueAt(0) <= 0);
        Assert.Equal(4, Take(queue, 0).Count);
    }

    [Fact]
    public void Take_HigherLevelFirst_ThenArrival()
    {
        var queue = new BatchQueue(new BatchingOptions { PriorityLevels = 3, DefaultPriorityLevel = 2 }, 1000);
        Add(queue, 0, priority: 3);
        Add(queue, 1, priority: 0);
        Add(queue, 2, priority: 1);

        Assert.Equal([2L, 1L, 0L], new[] { Take(queue, 5)[0].Arrived, Take(queue, 5)[0].Arrived, Take(queue, 5)[0].Arrived });
        Assert.Equal(ErrorCode.InvalidRequest, queue.Add(Request(0, priority: 4), 6, 0, ref displaced)!.Code);
    }

    [Fact]
    public void Add_QueueFull_IsOverloaded()
    {
        var queue = new BatchQueue(Dynamic with { DefaultPolicy = new QueuePolicy { MaxQueuedRows = 3 } }, 1000);
        Add(queue, 0, rows: 2);

        var refused = queue.Add(Request(0, rows: 2), 0, expectedWait: 1500, ref displaced);

        Assert.Equal(ErrorCode.Overloaded, refused!.Code);
        Assert.Equal(TimeSpan.FromSeconds(1.5), refused.RetryAfter);
        Assert.Null(queue.Add(Request(0, rows: 1), 0, 0, ref displaced));
    }

    [Fact]
    public void Add_WaitLongerThanTheDeadline_IsRefusedAtOnce()
    {
        var queue = new BatchQueue(Dynamic, 1000);

        Assert.Equal(ErrorCode.Overloaded, queue.Add(Request(0, timeout: 50), 0, expectedWait: 51, ref displaced)!.Code);
        Assert.Null(queue.Add(Request(0, timeout: 50), 0, expectedWait: 50, ref displaced));
    }

    [Fact]
    public void Add_WaitAndRunLongerThanTheDeadline_IsRefusedAtOnce_WithTheTimeUntilItWouldFit()
    {
        var queue = new BatchQueue(Dynamic, 1000);

        var refused = queue.Add(Request(0, timeout: 200), 0, expectedWait: 166, ref displaced, Steady(10));

        Assert.Equal((ErrorCode.Overloaded, TimeSpan.FromMilliseconds(5)), (refused!.Code, refused.RetryAfter));
        Assert.Null(queue.Add(Request(0, timeout: 200), 0, expectedWait: 160, ref displaced, Steady(10)));
        Assert.Equal(161, queue.EarliestDeadline);
    }

    [Fact]
    public void Add_NoWait_TheTimeoutOnlyLimitsTheWait()
    {
        var queue = new BatchQueue(Dynamic, 1000);

        Assert.Null(queue.Add(Request(0, timeout: 5), 0, expectedWait: 0, ref displaced, Steady(100)));
        Assert.Equal(5, queue.EarliestDeadline);
    }

    [Fact]
    public void Take_RunsGrowWithTheirRows_NoRequestIsTakenPastItsDeadline()
    {
        var service = new ServiceTime(1000);
        for (var i = 0; i < 50; i++)
            foreach (var rows in new[] { 1, 2, 4, 8 }) service.Learn(rows * 10, rows);
        var queue = new BatchQueue(Dynamic, 1000);
        for (var i = 0; i < 8; i++) Add(queue, 0, timeout: i == 1 ? 35 : 100);

        var batch = new List<PendingInference>();
        queue.Take(0, batch, 8, service);

        // Three rows take 30; with a fourth the second request would be late.
        Assert.Equal(3, batch.Count);
    }

    [Fact]
    public void Expire_PastDeadline_IsTakenOutAndNeverRuns()
    {
        var queue = new BatchQueue(Dynamic, 1000);
        Add(queue, 0, timeout: 10);
        Add(queue, 0);
        Assert.Equal(10, queue.EarliestDeadline);
        var expired = new List<PendingInference>();

        queue.Expire(10, expired);

        Assert.Single(expired);
        Assert.Single(Take(queue, 10));
        Assert.Equal((0, 0, 0L), (queue.Requests, queue.Rows, queue.Bytes));
    }

    [Fact]
    public void Expire_DelayPolicy_ServesAfterAllOthersOfTheLevel()
    {
        var queue = new BatchQueue(new BatchingOptions
        {
            DefaultPolicy = new QueuePolicy { DelayExpired = true, DefaultTimeout = TimeSpan.FromMilliseconds(10), AllowTimeoutOverride = false },
        }, 1000);
        Add(queue, 0, timeout: 1);
        Add(queue, 8);
        queue.Expire(10, []);

        Assert.Equal([8L, 0L], new[] { Take(queue, 11)[0].Arrived, Take(queue, 11)[0].Arrived });
    }

    [Fact]
    public void Add_PoliciesOfLevels_EachLevelHasItsOwnTimeoutSizeAndAction()
    {
        var queue = new BatchQueue(
            new BatchingOptions
            {
                PriorityLevels = 2,
                DefaultPriorityLevel = 2,
                DefaultPolicy = new QueuePolicy { DefaultTimeout = TimeSpan.FromMilliseconds(30), DelayExpired = true },
                LevelPolicies = new Dictionary<int, QueuePolicy> { [1] = new() { DefaultTimeout = TimeSpan.FromMilliseconds(10), MaxQueuedRows = 1 } },
            },
            1000);
        Add(queue, 0, priority: 1);
        Add(queue, 0);
        Assert.Equal(ErrorCode.Overloaded, queue.Add(Request(0, priority: 1), 0, 0, ref displaced)!.Code);
        var expired = new List<PendingInference>();

        queue.Expire(30, expired);

        Assert.Equal(0, Assert.Single(expired).Level);
        Assert.Equal(1, Take(queue, 31)[0].Level);
    }

    [Theory]
    [InlineData(true, 5, 5)]
    [InlineData(true, 20, 10)]
    [InlineData(false, 5, 10)]
    public void Add_OwnTimeout_CountsWhereItIsAllowedAndShorter(bool allowed, int own, int deadline)
    {
        var queue = new BatchQueue(
            new BatchingOptions { DefaultPolicy = new QueuePolicy { DefaultTimeout = TimeSpan.FromMilliseconds(10), AllowTimeoutOverride = allowed } }, 1000);
        Add(queue, 0, timeout: own);

        Assert.Equal(deadline, queue.EarliestDeadline);
    }

    [Fact]
    public void RowsAhead_CountsWhatIsServedBefore()
    {
        var queue = new BatchQueue(Dynamic with { PriorityLevels = 3, DefaultPriorityLevel = 2 }, 1000);
        Add(queue, 0, rows: 1, priority: 1);
        Add(queue, 0, rows: 2);
        Add(queue, 0, rows: 4, priority: 3);

        Assert.Equal((1, 3, 3, 7), (queue.RowsAhead(1), queue.RowsAhead(2), queue.RowsAhead(0), queue.RowsAhead(3)));
    }

    [Fact]
    public void Take_PreserveOrdering_EndsAtTheFirstUnlikeRequest()
    {
        var queue = new BatchQueue(Dynamic with { PreserveOrdering = true }, 1000);
        Add(queue, 0);
        Add(queue, 1, width: 9);
        Add(queue, 2);

        Assert.Single(Take(queue, 3));
        Assert.Equal(9, Assert.Single(Take(queue, 3)).Inputs[0].Shape[1]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Take_RandomTraffic_NeverExceedsTheSizeNorMixesShapesNorLosesARequest(int seed)
    {
        var random = new Random(seed);
        for (var run = 0; run < 200; run++)
        {
            var options = new BatchingOptions
            {
                MaxBatchSize = random.Next(1, 20),
                Dynamic = random.Next(4) > 0,
                PreserveOrdering = random.Next(2) == 0,
                PriorityLevels = random.Next(0, 4),
                DefaultPriorityLevel = 1,
                PreferredSizes = random.Next(2) == 0 ? [] : [2, 5],
                MaxQueueDelay = TimeSpan.FromMilliseconds(random.Next(0, 30)),
            };
            if (options.PriorityLevels == 0) options = options with { DefaultPriorityLevel = 0 };
            var queue = new BatchQueue(options, 1000);
            var waiting = new HashSet<PendingInference>();
            for (long now = 0; now < 300; now += random.Next(0, 4))
            {
                var request = Request(now, random.Next(1, options.MaxBatchSize + 1), width: random.Next(4, 7),
                    priority: random.Next(0, Math.Max(1, options.PriorityLevels) + 1), timeout: random.Next(3) == 0 ? random.Next(1, 40) : 0);
                if (queue.Add(request, now, 0, ref displaced) is null) waiting.Add(request);
                if (random.Next(10) == 0 && waiting.Count > 0)
                {
                    var gone = waiting.First();
                    Assert.True(queue.Remove(gone));
                    Assert.False(queue.Remove(gone));
                    waiting.Remove(gone);
                }

                var expired = new List<PendingInference>();
                queue.Expire(now, expired);
                Assert.All(expired, r => Assert.True(r.Deadline <= now && waiting.Remove(r)));
                while (random.Next(3) > 0 && queue.DueAt(now) <= now) Check(Take(queue, now), now);
            }

            while (queue.Requests > 0) Check(Take(queue, 1_000_000), long.MinValue);
            Assert.Empty(waiting);
            Assert.Equal((0, 0L), (queue.Rows, queue.Bytes));

            void Check(List<PendingInference> batch, long now)
            {
                Assert.NotEmpty(batch);
                Assert.True(batch.Sum(r => r.Rows) <= options.MaxBatchSize);
                Assert.True(options.Dynamic || batch.Count == 1);
                Assert.Single(batch.Select(r => r.Inputs[0].Shape[1]).Distinct());
                Assert.All(batch, r => Assert.True(waiting.Remove(r) && r.Deadline > now));
                Assert.Equal(batch.Select(r => r.Arrived).Order(), batch.Select(r => r.Arrived));
            }
        }
    }

    [Fact]
    public void Take_TwoCallers_ServesThemInEqualShares()
    {
        var queue = new BatchQueue(new BatchingOptions(), 1000);
        for (var i = 0; i < 10; i++) Add(queue, i, caller: "noisy");
        for (var i = 0; i < 3; i++) Add(queue, 20 + i, caller: "quiet");

        var order = Enumerable.Range(0, 13).Select(_ => Take(queue, 30)[0].Request.Caller![0]).ToArray();

        Assert.Equal("nqnqnqnnnnnnn", new string(order));
    }

    [Fact]
    public void Take_CallersOfLargeAndSmallRequests_GetEqualRows()
    {
        var queue = new BatchQueue(new BatchingOptions { MaxBatchSize = 8 }, 1000);
        for (var i = 0; i < 40; i++)
        {
            Add(queue, i, rows: 4, caller: "large");
            Add(queue, i, rows: 1, caller: "small");
        }

        var rows = Enumerable.Range(0, 40).Select(_ => Take(queue, 50)[0]).GroupBy(r => r.Request.Caller).ToDictionary(g => g.Key!, g => g.Sum(r => r.Rows));

        Assert.InRange(rows["large"], rows["small"] - 4, rows["small"] + 4);
    }

    [Fact]
    public void Take_OneCallerAlone_IsInOrderOfArrival()
    {
        var queue = new BatchQueue(new BatchingOptions { MaxBatchSize = 8 }, 1000);
        for (var i = 0; i < 20; i++) Add(queue, i, rows: 1 + i % 3, caller: "only");

        Assert.Equal(Enumerable.Range(0, 20).Select(i => (long)i), Enumerable.Range(0, 20).Select(_ => Take(queue, 50)[0].Arrived));
    }

    [Fact]
    public void Add_QueueFullOfOneCaller_MakesRoomForAnother()
    {
        var queue = new BatchQueue(new BatchingOptions { MaxQueuedRequests = 4 }, 1000);
        for (var i = 0; i < 4; i++) Add(queue, i, caller: "noisy");

        Assert.Equal(ErrorCode.Overloaded, queue.Add(Request(5, caller: "noisy"), 5, 0, ref displaced)!.Code);
        Add(queue, 6, caller: "quiet");
        Add(queue, 7, caller: "quiet");

        Assert.Equal([3L, 2L], displaced!.Select(request => request.Arrived));
        Assert.Equal(4, queue.Requests);
        Assert.Equal(ErrorCode.Overloaded, queue.Add(Request(8, caller: "quiet"), 8, 0, ref displaced)!.Code);
    }

    [Fact]
    public void DueAt_SeveralCallersWithDelay_NobodyIsHeldBecauseOthersCome()
    {
        var queue = new BatchQueue(Dynamic with { MaxQueueDelay = TimeSpan.FromMilliseconds(20), MaxBatchSize = 100 }, 1000);
        for (var now = 0; now < 20; now++) Add(queue, now, caller: now % 2 == 0 ? $"new{now}" : "noisy");

        Assert.InRange(queue.DueAt(19), 19, 20);
    }

    /// <summary>Runs of one row, all of which took that long; four times that is what is left for one until more is known.</summary>
    private static ServiceTime Steady(long ticks)
    {
        var service = new ServiceTime(1_000_000);
        for (var i = 0; i < 50; i++) service.Learn(ticks, 1);
        return service;
    }

    private void Add(
        BatchQueue queue, long now, int rows = 1, int width = 4, int priority = 0, int timeout = 0, string? caller = null) =>
        Assert.Null(queue.Add(Request(now, rows, width, priority, timeout, caller), now, expectedWait: 0, ref displaced));

    private static List<PendingInference> Take(BatchQueue queue, long now)
    {
        var batch = new List<PendingInference>();
        queue.Take(now, batch);
        return batch;
    }

    private static PendingInference Request(
        long now, int rows = 1, int width = 4, int priority = 0, int timeout = 0, string? caller = null)
    {
        Tensor[] inputs = [new("input", TensorType.Fp32, [rows, width], new byte[rows * width * 4])];
        return new PendingInference
        {
            Request = new InferenceRequest
            {
                Model = "m", Id = "r", Inputs = inputs, Priority = priority, Timeout = timeout == 0 ? null : TimeSpan.FromMilliseconds(timeout),
                Caller = caller,
            },
            Inputs = inputs,
            Outputs = [0],
            Route = new RouteDecision("1", null, RouteReason.Only, 0),
            Rows = rows,
            Bytes = rows * width * 4,
            Arrived = now,
        };
    }
}
