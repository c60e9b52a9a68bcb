using System.Collections.Concurrent;
using Gateway.Grpc.Messages;
using Gateway.Tests.Http;
using Google.Protobuf;
using Serving;
using Serving.Inference;
using Status = Gateway.Grpc.Messages.HealthCheckResponse.Types.ServingStatus;

namespace Gateway.Tests.Grpc;

public sealed class StreamTests : IAsyncLifetime
{
    private readonly ManualClock clock = new();
    private RunningGateway gateway = null!;
    private GrpcClient client = null!;

    public async Task InitializeAsync()
    {
        gateway = await RunningGateway.StartAsync(clock, ("GrpcStreamRequests", "3"));
        client = new GrpcClient(gateway.GrpcAddress);
    }

    public async Task DisposeAsync()
    {
        client.Dispose();
        await gateway.DisposeAsync();
    }

    [Fact]
    public async Task Stream_Requests_AreAnsweredInTheOrderOfTheirCompletion()
    {
        var first = new TaskCompletionSource();
        gateway.Engine.Infer = async (request, _) =>
        {
            if (request.Id == "first") await first.Task;
            return FakeEngine.Double(request);
        };
        using var stream = new GrpcStream(client, "ModelStreamInfer");

        await stream.SendAsync(Infers.WithId("first", 1));
        await stream.SendAsync(Infers.WithId("second", 2));

        var second = await stream.ReceiveAsync(ModelStreamInferResponse.Parser);
        first.SetResult();
        var last = await stream.ReceiveAsync(ModelStreamInferResponse.Parser);
        await stream.EndSendingAsync();
        Assert.Equal(("second", "first"), (second!.InferResponse.Id, last!.InferResponse.Id));
        Assert.Equal([4], Infers.Floats(second.InferResponse));
        Assert.True(second.InferResponse.Parameters["triton_final_response"].BoolParam);
        Assert.Equal("", second.ErrorMessage);
        Assert.Equal((0, ""), await stream.EndAsync());
    }

    [Fact]
    public async Task Stream_FailedRequest_IsAnAnswerAndTheStreamGoesOn()
    {
        using var stream = new GrpcStream(client, "ModelStreamInfer");
        var unknown = Infers.WithId("a", 1);
        (unknown.ModelName, unknown.ModelVersion) = ("gone", "3");
        var broken = Infers.WithId("b", 1);
        broken.Inputs[0].Datatype = "FP31";

        await stream.SendAsync(unknown);
        var first = await stream.ReceiveAsync(ModelStreamInferResponse.Parser);
        await stream.SendAsync(broken);
        var second = await stream.ReceiveAsync(ModelStreamInferResponse.Parser);
        await stream.SendAsync(Infers.WithId("c", 1));
        var third = await stream.ReceiveAsync(ModelStreamInferResponse.Parser);

        Assert.Equal("model 'gone' is not found", first!.ErrorMessage);
        Assert.Equal(("gone", "3", "a"), (first.InferResponse.ModelName, first.InferResponse.ModelVersion, first.InferResponse.Id));
        Assert.StartsWith("inputs[0].datatype is not one of BOOL", second!.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal("b", second.InferResponse.Id);
        Assert.Equal(("", "c"), (third!.ErrorMessage, third.InferResponse.Id));
    }

    [Fact]
    public async Task Stream_EngineThrows_IsOneRequestsAnswer()
    {
        gateway.Engine.Infer = (_, _) => throw new InvalidOperationException("secret");
        using var stream = new GrpcStream(client, "ModelStreamInfer");

        await stream.SendAsync(Infers.Raw(1));
        var answer = await stream.ReceiveAsync(ModelStreamInferResponse.Parser);
        await stream.EndSendingAsync();

        Assert.Equal("the server failed on this request; its log says why", answer!.ErrorMessage);
        Assert.Single(gateway.Log.Lines);
        Assert.Equal(0, (await stream.EndAsync()).Status);
    }

    [Fact]
    public async Task Stream_HalfClosed_AnswersWhatIsUnderWay()
    {
        var release = new TaskCompletionSource();
        gateway.Engine.Infer = async (request, _) =>
        {
            await release.Task;
            return FakeEngine.Double(request);
        };
        using var stream = new GrpcStream(client, "ModelStreamInfer");
        await stream.SendAsync(Infers.WithId("a", 1));
        await stream.SendAsync(Infers.WithId("b", 1));
        await stream.EndSendingAsync();

        release.SetResult();

        string[] ids = [(await stream.ReceiveAsync(ModelStreamInferResponse.Parser))!.InferResponse.Id, (await stream.ReceiveAsync(ModelStreamInferResponse.Parser))!.InferResponse.Id];
        Assert.Equal(["a", "b"], ids.Order());
        Assert.Equal(0, (await stream.EndAsync()).Status);
    }

    [Fact]
    public async Task Stream_NoRequests_EndsWell()
    {
        using var stream = new GrpcStream(client, "ModelStreamInfer");

        await stream.EndSendingAsync();

        Assert.Equal(0, (await stream.EndAsync()).Status);
    }

    [Theory]
    [InlineData("000000", "the call ends within a message's prefix, after 3 bytes of it")]
    [InlineData("00000000020A", "the call ends within a message: 1 of its 2 bytes came")]
    [InlineData("07", "the call ends within a message's prefix, after 1 bytes of it")]
    [InlineData("0700000000", "a message starts with the byte 7; only 0 and 1 are defined")]
    [InlineData("0000000001FF", "the message is not a valid ModelInferRequest; generate the client from the same proto files")]
    public async Task Stream_MalformedFrame_EndsItAfterWhatIsUnderWay(string hex, string message)
    {
        using var stream = new GrpcStream(client, "ModelStreamInfer");
        await stream.SendAsync([.. GrpcClient.Frame(Infers.WithId("a", 1).ToByteArray()), .. Convert.FromHexString(hex)]);
        await stream.EndSendingAsync();

        var answer = await stream.ReceiveAsync(ModelStreamInferResponse.Parser);

        Assert.Equal("a", answer!.InferResponse.Id);
        Assert.Equal((3, message), await stream.EndAsync());
    }

    [Fact]
    public async Task Stream_MessagesCutAnywhere_ArriveWhole()
    {
        var bytes = Enumerable.Range(0, 5).SelectMany(i => GrpcClient.Frame(Infers.WithId($"{i}", new float[300]).ToByteArray())).ToArray();
        using var stream = new GrpcStream(client, "ModelStreamInfer");

        foreach (var piece in bytes.Chunk(777)) await stream.SendAsync(piece);
        await stream.EndSendingAsync();

        var ids = new List<string>();
        while (await stream.ReceiveAsync(ModelStreamInferResponse.Parser) is { } answer) ids.Add(answer.InferResponse.Id);
        Assert.Equal(["0", "1", "2", "3", "4"], ids.Order());
    }

    [Fact]
    public async Task Stream_ManyRequests_AreUnderWayOnlyToTheLimit()
    {
        var waiting = new ConcurrentQueue<TaskCompletionSource>();
        var (underWay, most) = (0, 0);
        var full = new SemaphoreSlim(0);
        gateway.Engine.Infer = async (request, _) =>
        {
            var now = Interlocked.Increment(ref underWay);
            most = Math.Max(most, now);
            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting.Enqueue(turn);
            full.Release();
            await turn.Task;
            Interlocked.Decrement(ref underWay);
            return FakeEngine.Double(request);
        };
        using var stream = new GrpcStream(client, "ModelStreamInfer");
        for (var i = 0; i < 30; i++) await stream.SendAsync(Infers.Raw(i));
        await stream.EndSendingAsync();

        for (var i = 0; i < 30; i++)
        {
            Assert.True(await full.WaitAsync(TimeSpan.FromSeconds(20)));
            if (i < 2) continue;
            Assert.True(waiting.TryDequeue(out var turn));
            turn.SetResult();
        }

        while (waiting.TryDequeue(out var turn)) turn.SetResult();
        var answers = 0;
        while (await stream.ReceiveAsync(ModelStreamInferResponse.Parser) is not null) answers++;
        Assert.Equal((30, 3), (answers, most));
    }

    [Fact]
    public async Task Stream_ServerStops_EndsUnavailable()
    {
        using var stream = new GrpcStream(client, "ModelStreamInfer");
        using var watch = new GrpcStream(client, "/grpc.health.v1.Health/Watch");
        await stream.SendAsync(Infers.Raw(1));
        await stream.ReceiveAsync(ModelStreamInferResponse.Parser);
        await watch.SendAsync(new HealthCheckRequest());
        await watch.EndSendingAsync();
        await watch.ReceiveAsync(HealthCheckResponse.Parser);

        var stopping = gateway.DisposeAsync();

        Assert.Equal((14, "the server is stopping; connect again"), await stream.EndAsync());
        Assert.Equal((14, "the server is stopping; connect again"), await watch.EndAsync());
        client.Dispose();
        await stopping;
    }

    [Fact]
    public async Task Watch_Changes_AreTold()
    {
        using var watch = new GrpcStream(client, "/grpc.health.v1.Health/Watch");
        await watch.SendAsync(new HealthCheckRequest());
        await watch.EndSendingAsync();

        Assert.Equal(Status.Serving, (await watch.ReceiveAsync(HealthCheckResponse.Parser))!.Status);
        gateway.Engine.Ready = false;
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Status.NotServing, (await watch.ReceiveAsync(HealthCheckResponse.Parser))!.Status);
        clock.Advance(TimeSpan.FromSeconds(1));
        gateway.Engine.Ready = true;
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Status.Serving, (await watch.ReceiveAsync(HealthCheckResponse.Parser))!.Status);
    }

    [Fact]
    public async Task Watch_UnknownService_IsToldSo()
    {
        using var watch = new GrpcStream(client, "/grpc.health.v1.Health/Watch");
        await watch.SendAsync(new HealthCheckRequest { Service = "nope" });
        await watch.EndSendingAsync();

        Assert.Equal(Status.ServiceUnknown, (await watch.ReceiveAsync(HealthCheckResponse.Parser))!.Status);
    }

    [Fact]
    public async Task Connection_AThousandCalls_RunSideBySide()
    {
        const int calls = 1000;
        var entered = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.Engine.Infer = async (request, _) =>
        {
            if (Interlocked.Increment(ref entered) == calls) all.SetResult();
            await all.Task;
            return FakeEngine.Double(request);
        };

        var replies = await Task.WhenAll(Enumerable.Range(0, calls).Select(i => client.CallAsync("ModelInfer", Infers.WithId($"{i}", i))))
            .WaitAsync(TimeSpan.FromSeconds(60));

        Assert.All(replies.Index(), reply =>
        {
            var response = ModelInferResponse.Parser.ParseFrom(Assert.Single(reply.Item.Messages));
            Assert.Equal((0, $"{reply.Index}", reply.Index * 2f), (reply.Item.Status, response.Id, Infers.Floats(response)[0]));
        });
    }
}
