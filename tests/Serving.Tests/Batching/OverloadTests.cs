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
    private static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(0, 6_000, 0.05)]
    [InlineData(0, 6_000, 0.3)]
    [InlineData(2_000, 500, 0.05)]
    [InlineData(2_000, 500, 0.3)]
    [InlineData(20_000, 100, 0.05)]
    [InlineData(20_000, 100, 0.3)]
    public async Task TryEnqueue_TwiceTheCapacity_KeepsNineTenthsOfIt_AndEveryDeadline(int onceMicroseconds, int rowMicroseconds, double noise)
    {
        var time = new SteppedTime();
        using var instruments = new ServingInstruments(null);
        using var threads = new SessionThreads(1);
        const int batch = 8;
        var most = 0;
        var capacity = 1e6 * batch / (onceMicroseconds + batch * rowMicroseconds);
        var answers = new ConcurrentBag<Task<Outcome<InferenceResponse>>>();
        var session = new CostlySession(time, onceMicroseconds, rowMicroseconds, noise, 2 * capacity);
        using var loop = new BatchLoop(
            session, new BatchingOptions { MaxBatchSize = batch, Dynamic = true, InlineLimit = TimeSpan.Zero }, threads, instruments.For("m", "1"), time, NullLogger.Instance);
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
        Assert.DoesNotContain(good, timing => timing.Queue + timing.Compute > Deadline);
        Assert.All(outcomes.Where(o => !o.IsSuccess), o => Assert.Contains(o.Error!.Code, new[] { ErrorCode.Overloaded, ErrorCode.DeadlineExceeded }));
        Assert.InRange(most, 1, 2 * capacity * Deadline.TotalSeconds);
    }

    /// <summary>A session whose runs take what they cost on the stepped clock; what arrives meanwhile arrives on the run's own thread.</summary>
    private sealed class CostlySession(SteppedTime time, double once, double each, double noise, double perSecond) : IModelSession
    {
        private readonly Random random = new(11);
        private readonly ManualResetEventSlim begun = new();
        private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long end;
        private long next;

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
