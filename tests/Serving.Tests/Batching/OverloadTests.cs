using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Serving.Batching;
using Serving.Inference;
using Serving.Models;
using Serving.Sessions;
using Serving.Telemetry;
using Serving.Tests.Fakes;

namespace Serving.Tests.Batching;

/// <summary>
/// Sixty seconds at twice the capacity, in stepped time: Poisson arrivals with deadlines, on one session whose runs move the clock.
/// </summary>
public sealed class OverloadTests
{
    private const int Batch = 8;
    private static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(0, 6_000, 0.05)]
    [InlineData(0, 6_000, 0.3)]
    [InlineData(2_000, 500, 0.05)]
    [InlineData(2_000, 500, 0.3)]
    [InlineData(20_000, 100, 0.05)]
    [InlineData(20_000, 100, 0.3)]
    public async Task TryEnqueue_TwiceTheCapacity_KeepsNineTenthsOfIt_AndEveryDeadline(int onceMicroseconds, int rowMicroseconds, double noise) =>
        Assert.Equal(0, await LateAsync(onceMicroseconds, rowMicroseconds, noise, stall: 0));

    /// <summary>Now and then the machine does something else: the first time nobody could know, nor what waited then; afterwards room is left for it.</summary>
    [Theory]
    [InlineData(0, 6_000)]
    [InlineData(2_000, 500)]
    [InlineData(20_000, 100)]
    public async Task TryEnqueue_ARunInTwoThousandTakesFiveTimesAsLong_OnlyTheFirstMakesAnyLate(int onceMicroseconds, int rowMicroseconds) =>
        Assert.InRange(await LateAsync(onceMicroseconds, rowMicroseconds, noise: 0.05, stall: 2000), 0, 2 * Batch);

    /// <summary>How many answers came after their deadline.</summary>
    private static async Task<int> LateAsync(int onceMicroseconds, int rowMicroseconds, double noise, int stall)
    {
        var time = new SteppedTime();
        using var instruments = new ServingInstruments(null);
        using var threads = new SessionThreads(1);
        var most = 0;
        var capacity = 1e6 * Batch / (onceMicroseconds + Batch * rowMicroseconds);
        var answers = new ConcurrentBag<Task<Outcome<InferenceResponse>>>();
        var session = new CostlySession(time, onceMicroseconds, rowMicroseconds, noise, stall, 2 * capacity);
        using var loop = new BatchLoop(
            session, new BatchingOptions { MaxBatchSize = Batch, Dynamic = true, InlineLimit = TimeSpan.Zero }, threads, instruments.For("m", "1"), time, NullLogger.Instance);
        session.Arrive = () =>
        {
            answers.Add(loop.TryEnqueue(OneByte.Request(time, timeout: Deadline), CancellationToken.None)!.Value.AsTask());
            most = Math.Max(most, loop.Waiting);
        };

        session.Begin();
        await session.Ended.WaitAsync(TimeSpan.FromSeconds(60));
        loop.Close();
        await loop.Drained.WaitAsync(TimeSpan.FromSeconds(60));

        var outcomes = await Task.WhenAll(answers);
        var good = outcomes.Where(o => o.IsSuccess).Select(o => o.Value.Timing).ToArray();
        Assert.True(good.Length >= 0.9 * capacity * Length.TotalSeconds, $"{good.Length} of {capacity * Length.TotalSeconds:F0}");
        Assert.All(outcomes.Where(o => !o.IsSuccess), o => Assert.Contains(o.Error!.Code, new[] { ErrorCode.Overloaded, ErrorCode.DeadlineExceeded }));
        Assert.InRange(most, 1, 2 * capacity * Deadline.TotalSeconds);
        return good.Count(timing => timing.Queue + timing.Compute > Deadline);
    }

    /// <summary>A session whose runs take what they cost on the stepped clock; what arrives meanwhile arrives on the run's own thread.</summary>
    private sealed class CostlySession(SteppedTime time, double once, double each, double noise, int stall, double perSecond) : IModelSession
    {
        private readonly Random random = new(11);
        private readonly ManualResetEventSlim begun = new();
        private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long end;
        private long next;
        private int runs;

        public Action Arrive { get; set; } = () => { };

        /// <summary>Ends when the sixty seconds have passed.</summary>
        public Task Ended => ended.Task;

        public SessionSignature Signature { get; } = new(
            [new TensorSignature("x", TensorType.UInt8, [-1, 1])], [new TensorSignature("y", TensorType.UInt8, [-1, 1])], true);

        /// <summary>The first arrivals, enough that the session is not idle again.</summary>
        public void Begin()
        {
            next = time.GetTimestamp();
            end = next + Length.Ticks;
            for (var i = 0; i < 20; i++) Arrive();
            begun.Set();
        }

        public Outcome<Tensor[]> Run(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<int> outputs, TensorLease lease)
        {
            begun.Wait();
            var cost = (once + each * inputs[0].Shape[0]) * (1 + noise * (2 * random.NextDouble() - 1));
            if (stall > 0 && ++runs % stall == 0) cost *= 5;
            var done = time.GetTimestamp() + TimeSpan.FromMicroseconds(cost).Ticks;
            while (next <= done && next < end)
            {
                time.Step(TimeSpan.FromTicks(next - time.GetTimestamp()));
                Arrive();
                next += (long)(-Math.Log(1 - random.NextDouble()) / perSecond * TimeSpan.TicksPerSecond);
            }

            if (next >= end) ended.TrySetResult();
            time.Step(TimeSpan.FromTicks(done - time.GetTimestamp()));
            return new[] { new Tensor("y", TensorType.UInt8, inputs[0].Shape, new byte[inputs[0].Shape[0]]) };
        }

        public void Terminate()
        {
        }

        public void Dispose() => begun.Dispose();
    }
}
