using Microsoft.Extensions.Logging.Abstractions;
using Serving.Batching;
using Serving.Caching;
using Serving.Inference;
using Serving.Sessions;
using Serving.Telemetry;
using Serving.Tests.Fakes;

namespace Serving.Tests.Batching;

public sealed class BatchLoopTests : IDisposable
{
    private readonly SteppedTime time = new();
    private readonly GatedSession session = new();
    private readonly SessionThreads threads = new(1);
    private readonly ServingInstruments instruments = new(null);
    private BatchLoop loop;

    public BatchLoopTests() => loop = Create(new BatchingOptions { MaxBatchSize = 8, Dynamic = true });

    public void Dispose()
    {
        session.Open(1000);
        loop.Dispose();
        threads.Dispose();
        instruments.Dispose();
    }

    [Fact]
    public async Task TryEnqueue_WhileTheSessionIsBusy_TheQueueFormsTheNextBatch()
    {
        var first = Enqueue(1);
        Assert.Equal(1, session.Begun.Take());
        var others = new[] { Enqueue(2), Enqueue(3), Enqueue(4) };

        session.Open(2);

        Assert.Equal(3, session.Begun.Take());
        Assert.Equal<int>(new[] { 1, 2, 3, 4 }, await Task.WhenAll([first, .. others]));
        var statistics = loop.ReadStatistics("m", "1", 0);
        Assert.Equal((4UL, 2UL, 4UL), (statistics.InferenceCount, statistics.ExecutionCount, statistics.Success.Count));
    }

    [Fact]
    public async Task Run_BatchWithAPoisonedRequest_OnlyThatOneFails()
    {
        var first = Enqueue(1);
        session.Begun.Take();
        var good = Enqueue(2);
        var bad = Pend(GatedSession.Poison);
        var alsoGood = Enqueue(3);

        session.Open(5);

        Assert.Equal<int>(new[] { 1, 2, 3 }, await Task.WhenAll(first, good, alsoGood));
        Assert.Equal(ErrorCode.ModelFailed, (await bad).Error!.Code);
    }

    [Fact]
    public async Task Timer_DeadlinePasses_TheRequestIsAnsweredAndNeverRuns()
    {
        var first = Enqueue(1);
        session.Begun.Take();
        var late = Pend(2, timeout: TimeSpan.FromMilliseconds(10));

        time.Step(TimeSpan.FromMilliseconds(11));

        Assert.Equal(ErrorCode.DeadlineExceeded, (await late).Error!.Code);
        session.Open(2);
        Assert.Equal(1, await first);
        Assert.Equal(1, await RunAfter(first));
        Assert.Empty(session.Begun);
    }

    [Fact]
    public async Task Cancel_WhileWaiting_FreesThePlace()
    {
        var first = Enqueue(1);
        session.Begun.Take();
        using var gone = new CancellationTokenSource();
        var waiting = Pend(2, token: gone.Token);
        Assert.Equal(1, loop.Waiting);

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);
        Assert.Equal(0, loop.Waiting);
        session.Open();
        Assert.Equal(1, await first);
    }

    [Fact]
    public async Task Close_WithWaitingRequests_AnswersThemAllAndTakesNoMore()
    {
        var answers = new[] { Enqueue(1), Enqueue(2) };
        session.Begun.Take();

        loop.Close();

        Assert.Null(loop.TryEnqueue(OneByte.Request(time, 3), CancellationToken.None));
        Assert.False(loop.Drained.IsCompleted);
        session.Open(2);
        Assert.Equal<int>(new[] { 1, 2 }, await Task.WhenAll(answers));
        await loop.Drained.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task TryEnqueue_MoreRequestsThanMayWait_TheSurplusIsOverloaded()
    {
        loop.Dispose();
        loop = Create(new BatchingOptions { MaxQueuedRequests = 2 });
        var first = Enqueue(1);
        session.Begun.Take();
        var waiting = new[] { Enqueue(2), Enqueue(3) };

        Assert.Equal(ErrorCode.Overloaded, (await Pend(4)).Error!.Code);
        session.Open(3);
        Assert.Equal<int>(new[] { 1, 2, 3 }, await Task.WhenAll([first, .. waiting]));
    }

    [Fact]
    public async Task TryEnqueue_WithACache_AnswersTheSameInputsOnceRun_AndCountsAsTritonDoes()
    {
        loop.Dispose();
        loop = Create(new BatchingOptions { MaxBatchSize = 8, Dynamic = true }, new ResponseCache(1 << 20));
        session.Open(2);
        Assert.Equal<int>(new[] { 7, 7, 8 }, new[] { await Enqueue(7), await Enqueue(7), await Enqueue(8) });

        var statistics = loop.ReadStatistics("m", "1", 0);

        Assert.Equal((2UL, 2UL, 3UL, 3UL), (statistics.InferenceCount, statistics.ExecutionCount, statistics.Success.Count, statistics.Queue.Count));
        Assert.Equal((1UL, 2UL, 2UL), (statistics.CacheHit.Count, statistics.CacheMiss.Count, statistics.ComputeInfer.Count));
    }

    [Fact]
    public async Task TryEnqueue_RunThatFails_IsNotKept()
    {
        loop.Dispose();
        loop = Create(new BatchingOptions { MaxBatchSize = 8, Dynamic = true }, new ResponseCache(1 << 20));
        session.Open(2);

        Assert.Equal(ErrorCode.ModelFailed, (await Pend(GatedSession.Poison)).Error!.Code);
        Assert.Equal(ErrorCode.ModelFailed, (await Pend(GatedSession.Poison)).Error!.Code);
    }

    [Fact]
    public async Task TryEnqueue_WaitAndRunPastTheDeadline_IsRefused_AndFitsAfterRetryAfter()
    {
        await Learn(TimeSpan.FromMilliseconds(10));
        var running = Enqueue(1);
        session.Begun.Take();
        var waiting = Enqueue(2);

        // Five milliseconds of the present run, ten of the one that waits, ten of its own.
        var refused = (await Pend(3, timeout: TimeSpan.FromMilliseconds(20))).Error!;

        Assert.Equal(ErrorCode.Overloaded, refused.Code);
        time.Step(refused.RetryAfter!.Value);
        session.Open();
        await running;
        Assert.Equal(1, session.Begun.Take());
        var again = Enqueue(3, TimeSpan.FromMilliseconds(20));
        time.Step(TimeSpan.FromMilliseconds(6));
        session.Open(2);
        Assert.Equal(3, await again);
        await waiting;
    }

    [Fact]
    public async Task TryEnqueue_IdleSession_RunsWhateverItsTimeout()
    {
        await Learn(TimeSpan.FromMilliseconds(10));
        session.Open();

        Assert.Equal(1, await Enqueue(1, TimeSpan.FromMilliseconds(1)));
    }

    /// <summary>Lets runs of that length pass, until the loop expects no other.</summary>
    private async Task Learn(TimeSpan run)
    {
        for (var i = 0; i < 3; i++)
        {
            var answer = Enqueue(1);
            session.Begun.Take();
            time.Step(run);
            session.Open();
            await answer;
        }
    }

    private async Task<int> RunAfter(Task<int> previous)
    {
        await previous;
        var answer = Enqueue(1);
        session.Begun.Take();
        return await answer;
    }

    private BatchLoop Create(BatchingOptions options, ResponseCache? cache = null) =>
        new(session, options with { InlineLimit = TimeSpan.Zero }, threads, instruments.For("m", "1"), time, NullLogger.Instance, cache);

    private async Task<int> Enqueue(byte value, TimeSpan? timeout = null)
    {
        using var answer = (await Pend(value, timeout)).Value;
        return answer.Outputs[0].Data.Span[0];
    }

    private ValueTask<Outcome<InferenceResponse>> Pend(byte value, TimeSpan? timeout = null, CancellationToken token = default) =>
        loop.TryEnqueue(OneByte.Request(time, value, timeout), token)!.Value;
}
