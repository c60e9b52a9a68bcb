using Microsoft.Extensions.Logging.Abstractions;
using Serving.Batching;
using Serving.Inference;
using Serving.Sessions;
using Serving.Telemetry;
using Serving.Tests.Fakes;

namespace Serving.Tests.Batching;

/// <summary>Runs on the thread that brought the request: when they happen, and that everything else holds as on session threads.</summary>
public sealed class CallerRunTests : IDisposable
{
    private static readonly TimeSpan Quick = TimeSpan.FromMicroseconds(10);
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SteppedTime time = new();
    private readonly SessionThreads threads = new(2);
    private readonly ServingInstruments instruments = new(null);
    private readonly TimedSession session;
    private readonly ManualResetEventSlim hang = new();
    private BatchLoop loop;

    public CallerRunTests()
    {
        session = new TimedSession(time) { Cost = Quick };
        loop = Create(new BatchingOptions { Instances = 1 });
    }

    public void Dispose()
    {
        hang.Set();
        loop.Dispose();
        threads.Dispose();
        instruments.Dispose();
        hang.Dispose();
    }

    [Fact]
    public async Task TryEnqueue_QuickModel_RunsOnTheCallersThread_AndIsAnsweredAtOnce()
    {
        await LearnAsync();

        var answer = Pend(7);

        Assert.True(answer.IsCompletedSuccessfully);
        Assert.Equal((7, Environment.CurrentManagedThreadId), session.Runs.Take());
        Assert.Equal(33UL, loop.ReadStatistics("m", "1", 0).ExecutionCount);
        using var given = (await answer).Value;
        Assert.Equal(7, given.Outputs[0].Data.Span[0]);
    }

    [Fact]
    public async Task TryEnqueue_LongOrUnknownModel_RunsOnASessionThread()
    {
        session.Cost = Long;
        await LearnAsync(here: false);
        session.Cost = Quick;

        // What it takes now is believed when most of the latest runs were so.
        await LearnAsync(runs: 10, here: false);
        await LearnAsync(runs: 50);
        Assert.True(Pend(1).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task TryEnqueue_ThreadLostItsCoreInOneRun_TheNextIsStillTheCallers()
    {
        await LearnAsync(runs: 64);
        session.Cost = TimeSpan.FromMilliseconds(5);
        await Pend(1);
        session.Cost = Quick;

        Assert.True(Pend(2).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task ExpectQuick_TheFirstRequestRunsOnTheCallersThread_AndOneLongRunEndsIt()
    {
        loop.ExpectQuick();
        Assert.True(Pend(1).IsCompletedSuccessfully);

        session.Cost = Long;
        Assert.True(Pend(2, gap: Long).IsCompletedSuccessfully);
        session.Cost = Quick;

        session.Runs.Take();
        session.Runs.Take();
        await LearnAsync(runs: 1, here: false);
    }

    [Fact]
    public async Task TryEnqueue_AfterARunThatHung_RunsOnSessionThreads()
    {
        await LearnAsync();
        session.Cost = TimeSpan.FromSeconds(1);
        await Pend(1);
        session.Runs.Take();
        session.Cost = Quick;

        await LearnAsync(runs: 20, here: false);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TryEnqueue_RequestsComeFast_RunsOnSessionThreads_UntilTheyComeSeldom(bool batching)
    {
        loop.Dispose();
        loop = Create(new BatchingOptions { MaxBatchSize = 8, Dynamic = batching, Instances = 1 });
        await LearnAsync();
        Assert.True(Pend(1).IsCompletedSuccessfully);
        session.Runs.Take();

        await LearnAsync(runs: 60, gap: Quick);
        await LearnAsync(runs: 5, gap: Quick, here: false);

        await LearnAsync(runs: 10);
        Assert.True(Pend(1).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task TryEnqueue_WhileACallersRunIsUnderWay_WaitsInOrder_AndNeverRunsBesideIt()
    {
        await LearnAsync();
        session.Gate = hang;
        var first = CallFromElsewhere(1);
        Assert.Equal(1, session.Runs.Take().Value);
        var second = Pend(2);
        var third = Pend(3);
        Assert.Equal((2, false, false), (loop.Waiting, second.IsCompleted, third.IsCompleted));

        hang.Set();

        foreach (var answer in new[] { first, second.AsTask(), third.AsTask() }) Assert.True((await answer.WaitAsync(Patience)).IsSuccess);
        Assert.Equal((2, 3), (session.Runs.Take().Value, session.Runs.Take().Value));
        Assert.Equal(1, session.MostAtOnce);
    }

    [Fact]
    public async Task TryEnqueue_ACallersRunHangs_OthersWaitToTheirDeadlineOnly_AndAnotherInstanceServes()
    {
        loop.Dispose();
        loop = Create(new BatchingOptions { Instances = 2 });
        await LearnAsync();
        session.Gate = hang;
        var hung = CallFromElsewhere(1);
        session.Runs.Take();
        session.Gate = null;
        Assert.True(Pend(2).IsCompletedSuccessfully);

        session.Gate = hang;
        var alsoHung = CallFromElsewhere(3);
        session.Runs.Take();
        session.Runs.Take();
        var late = Pend(4, TimeSpan.FromMilliseconds(10));
        time.Step(TimeSpan.FromMilliseconds(11));

        Assert.Equal(ErrorCode.DeadlineExceeded, (await late).Error!.Code);
        hang.Set();
        await Task.WhenAll(hung, alsoHung).WaitAsync(Patience);
        Assert.Empty(session.Runs);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TryEnqueue_ARunHangsWhileRequestsComeFast_AnotherInstanceServesSoon(bool batching)
    {
        loop.Dispose();
        loop = Create(new BatchingOptions { MaxBatchSize = 8, Dynamic = batching, Instances = 2 });
        await LearnAsync();
        await LearnAsync(runs: 60, gap: Quick);
        session.Gate = hang;
        var hung = Pend(1);
        session.Runs.Take();
        session.Gate = null;
        var next = Pend(2);

        time.Step(TimeSpan.FromMilliseconds(6));

        Assert.True((await next.AsTask().WaitAsync(Patience)).IsSuccess);
        Assert.False(hung.IsCompleted);
        hang.Set();
        Assert.True((await hung.AsTask().WaitAsync(Patience)).IsSuccess);
    }

    [Fact]
    public async Task Cancel_OfARequestThatWaitsForACallersRun_FreesItsPlace()
    {
        await LearnAsync();
        session.Gate = hang;
        var first = CallFromElsewhere(1);
        session.Runs.Take();
        using var gone = new CancellationTokenSource();
        var waiting = loop.TryEnqueue(OneByte.Request(time, 2), gone.Token)!.Value;

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);
        Assert.Equal(0, loop.Waiting);
        hang.Set();
        Assert.True((await first.WaitAsync(Patience)).IsSuccess);
    }

    [Fact]
    public async Task Close_DuringACallersRun_DrainsWhenItEnds()
    {
        await LearnAsync();
        session.Gate = hang;
        var running = CallFromElsewhere(1);
        session.Runs.Take();

        loop.Close();

        Assert.False(loop.Drained.IsCompleted);
        Assert.Null(loop.TryEnqueue(OneByte.Request(time, 2), CancellationToken.None));
        hang.Set();
        Assert.True((await running.WaitAsync(Patience)).IsSuccess);
        await loop.Drained.WaitAsync(Patience);
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 4)]
    [InlineData(3, 8)]
    public async Task TryEnqueue_FromManyThreads_NeverRunsMoreAtOnceThanInstances_AndCountsEveryRequestOnce(int instances, int callers)
    {
        const int each = 2_000;
        loop.Dispose();
        loop = Create(new BatchingOptions { Instances = instances });
        await LearnAsync();

        await Task.WhenAll(Enumerable.Range(0, callers).Select(seed => Task.Factory.StartNew(() =>
        {
            var random = new Random(seed);
            for (var i = 0; i < each; i++)
            {
                // Now seldom, now fast, so that both ways are gone.
                if (i / 100 % 2 == 0) time.Step(random.NextDouble() * 2 * Long);
                using var answer = Pend((byte)i).AsTask().GetAwaiter().GetResult().Value;
                Assert.Equal((byte)i, answer.Outputs[0].Data.Span[0]);
            }
        }, TaskCreationOptions.LongRunning))).WaitAsync(TimeSpan.FromMinutes(2));

        Assert.InRange(session.MostAtOnce, 1, instances);
        var statistics = loop.ReadStatistics("m", "1", 0);
        var all = (ulong)(callers * each + 32);
        Assert.Equal((all, all, all), (statistics.ExecutionCount, statistics.Success.Count, statistics.Queue.Count));
        Assert.True(loop.IsIdle);
    }

    /// <summary>Lets so many runs pass, one after the other.</summary>
    /// <param name="runs">How many.</param>
    /// <param name="gap">The time before each.</param>
    /// <param name="here">False: none of them may be the caller's.</param>
    private async Task LearnAsync(int runs = 32, TimeSpan? gap = null, bool here = true)
    {
        for (var i = 0; i < runs; i++)
        {
            time.Step(gap ?? Long);
            var caller = Environment.CurrentManagedThreadId;
            using var answer = (await Pend(0)).Value;
            var (_, thread) = session.Runs.Take();
            if (!here) Assert.NotEqual(caller, thread);
        }
    }

    private Task<Outcome<InferenceResponse>> CallFromElsewhere(byte value) =>
        Task.Factory.StartNew(() => Pend(value).AsTask(), TaskCreationOptions.LongRunning).Unwrap();

    private ValueTask<Outcome<InferenceResponse>> Pend(byte value, TimeSpan? timeout = null, TimeSpan gap = default)
    {
        time.Step(gap);
        return loop.TryEnqueue(OneByte.Request(time, value, timeout), CancellationToken.None)!.Value;
    }

    private BatchLoop Create(BatchingOptions options) => new(session, options, threads, instruments.For("m", "1"), time, NullLogger.Instance);
}
