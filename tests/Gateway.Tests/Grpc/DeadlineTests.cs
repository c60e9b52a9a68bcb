using System.Diagnostics;
using Gateway.Grpc.Messages;
using Gateway.Grpc.Transport;
using Gateway.Tests.Http;
using Google.Protobuf;
using Serving;
using Serving.Inference;

namespace Gateway.Tests.Grpc;

/// <summary>Deadlines and callers that go away: both must reach work that waits.</summary>
public sealed class DeadlineTests : IAsyncLifetime
{
    private readonly ManualClock clock = new();
    private RunningGateway gateway = null!;
    private GrpcClient client = null!;

    public async Task InitializeAsync()
    {
        gateway = await RunningGateway.StartAsync(clock);
        client = new GrpcClient(gateway.GrpcAddress);
    }

    public async Task DisposeAsync()
    {
        client.Dispose();
        await gateway.DisposeAsync();
    }

    [Theory]
    [InlineData("1H", 36_000_000_000)]
    [InlineData("2M", 1_200_000_000)]
    [InlineData("3S", 30_000_000)]
    [InlineData("4m", 40_000)]
    [InlineData("5u", 50)]
    [InlineData("101n", 2)]
    [InlineData("0n", 0)]
    [InlineData("99999999H", 3_599_999_964_000_000_000)]
    public void Timeout_EveryUnit_IsRead(string text, long ticks)
    {
        Assert.True(GrpcTimeout.TryParse(text, out var timeout));
        Assert.Equal(ticks, timeout.Ticks);
    }

    [Theory]
    [InlineData("5S", null, 5000d)]
    [InlineData("5S", 2_000_000L, 2000d)]
    [InlineData("5S", 9_000_000L, 5000d)]
    [InlineData(null, 9_000_000L, 9000d)]
    [InlineData("99999999H", null, null)]
    [InlineData(null, null, null)]
    public async Task Infer_TwoTimeouts_TheEarlierReachesTheEngine(string? header, long? parameter, double? milliseconds)
    {
        TimeSpan? seen = TimeSpan.MaxValue;
        gateway.Engine.Infer = (request, _) =>
        {
            seen = request.Timeout;
            return new(EchoEngine.Answer(request));
        };
        var request = Infers.Raw(1);
        if (parameter is { } microseconds) request.Parameters["timeout"] = new InferParameter { Int64Param = microseconds };

        var reply = await client.CallAsync("ModelInfer", request, header is null ? [] : [("grpc-timeout", header)]);

        Assert.Equal(0, reply.Status);
        Assert.Equal(milliseconds, seen?.TotalMilliseconds);
    }

    [Fact]
    public async Task Infer_DeadlinePassesWhileQueued_StopsTheWork()
    {
        var waiting = new WaitingEngine(gateway.Engine);
        var call = client.CallAsync("ModelInfer", Infers.Raw(1), ("grpc-timeout", "1S"));
        await waiting.Entered;

        clock.Advance(TimeSpan.FromMilliseconds(999));
        Assert.False(waiting.Token.IsCancellationRequested);
        clock.Advance(TimeSpan.FromMilliseconds(1));

        await waiting.Cancelled;
        var reply = await call;
        Assert.Equal((4, "the call's deadline passed before it was answered"), (reply.Status, reply.Message));
        Assert.Empty(gateway.Log.Lines);
    }

    [Fact]
    public async Task Infer_DeadlineOfZero_NeverReachesTheEngine()
    {
        var reached = false;
        gateway.Engine.Infer = (request, _) =>
        {
            reached = true;
            return new(EchoEngine.Answer(request));
        };

        var reply = await client.CallAsync("ModelInfer", Infers.Raw(1), ("grpc-timeout", "0n"));

        Assert.Equal((4, false), (reply.Status, reached));
    }

    [Fact]
    public async Task Infer_BodyNeverComes_EndsAtTheDeadline()
    {
        using var stream = new GrpcStream(client, "ModelInfer", ("grpc-timeout", "1S"));
        await stream.SendAsync([0, 0]);

        // The call is under way once its answer to a second one is: streams of a connection start in order.
        await client.AskAsync("ServerLive", new ServerLiveRequest(), ServerLiveResponse.Parser);
        while (clock.Timers == 0) await Task.Yield();
        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(4, (await stream.EndAsync()).Status);
    }

    [Fact]
    public async Task Stream_Deadline_EndsItAndItsWork()
    {
        var waiting = new WaitingEngine(gateway.Engine);
        using var stream = new GrpcStream(client, "ModelStreamInfer", ("grpc-timeout", "1S"));
        await stream.SendAsync(Infers.Raw(1));
        await waiting.Entered;

        clock.Advance(TimeSpan.FromSeconds(1));

        await waiting.Cancelled;
        Assert.Equal(4, (await stream.EndAsync()).Status);
    }

    [Theory]
    [InlineData("ModelInfer")]
    [InlineData("ModelStreamInfer")]
    public async Task Infer_CallerGivesUp_StopsTheWork(string method)
    {
        var waiting = new WaitingEngine(gateway.Engine);
        using var stream = new GrpcStream(client, method);
        await stream.SendAsync(Infers.Raw(1));
        await stream.EndSendingAsync();
        await waiting.Entered;

        stream.Reset();

        await waiting.Cancelled;
        await client.AskAsync("ServerLive", new ServerLiveRequest(), ServerLiveResponse.Parser);
        Assert.Empty(gateway.Log.Lines);
    }

    [Theory]
    [InlineData("ModelInfer")]
    [InlineData("ModelStreamInfer")]
    public async Task Infer_ConnectionBreaks_StopsTheWork(string method)
    {
        var waiting = new WaitingEngine(gateway.Engine);
        using (var vanishing = new GrpcClient(gateway.GrpcAddress))
        {
            var stream = new GrpcStream(vanishing, method);
            await stream.SendAsync(Infers.Raw(1));
            await stream.EndSendingAsync();
            await waiting.Entered;
        }

        await waiting.Cancelled;
        await client.AskAsync("ServerLive", new ServerLiveRequest(), ServerLiveResponse.Parser);
        Assert.Empty(gateway.Log.Lines);
    }

    [Fact]
    public async Task Infer_ConnectionsBreakAnywhere_LeaveNoTrace()
    {
        await using var small = await RunningGateway.StartAsync(("MaxBufferedBytes", "300000"), ("GrpcStreamRequests", "4"));
        var bytes = GrpcClient.Frame(Infers.Raw(new float[60_000]).ToByteArray());
        var random = new Random(1);
        for (var i = 0; i < 60; i++)
        {
            using var vanishing = new GrpcClient(small.GrpcAddress);
            await vanishing.AskAsync("ServerLive", new ServerLiveRequest(), ServerLiveResponse.Parser);
            using var stream = new GrpcStream(vanishing, i % 2 == 0 ? "ModelInfer" : "ModelStreamInfer");
            await stream.SendAsync(bytes[..random.Next(bytes.Length + 1)]);
            for (var yields = random.Next(50); yields > 0; yields--) await Task.Yield();
            vanishing.Break();
        }

        // What a broken call held is free again: else no message would fit any more.
        using var caller = new GrpcClient(small.GrpcAddress);
        var patience = Stopwatch.StartNew();
        while ((await caller.SendAsync("ModelInfer", new ByteArrayContent(bytes))).Status != 0)
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(20), "the memory of broken calls is never free again");
        Assert.Empty(small.Log.Lines);
    }

    /// <summary>Keeps each request waiting until its token is cancelled, as a queue does.</summary>
    private sealed class WaitingEngine
    {
        private readonly TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public WaitingEngine(FakeEngine engine) => engine.Infer = async (_, token) =>
        {
            Token = token;
            var gone = new TaskCompletionSource<Outcome<InferenceResponse>>(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = token.Register(() => gone.SetCanceled(token));
            entered.SetResult();
            try
            {
                return await gone.Task;
            }
            finally
            {
                cancelled.SetResult();
            }
        };

        public CancellationToken Token { get; private set; }

        public Task Entered => entered.Task.WaitAsync(TimeSpan.FromSeconds(20));

        public Task Cancelled => cancelled.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }
}
