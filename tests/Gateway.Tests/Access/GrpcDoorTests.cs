using Gateway.Access;
using Gateway.Grpc.Messages;
using Gateway.Grpc.Transport;
using Gateway.Tests.Grpc;
using Gateway.Tests.Http;
using Google.Protobuf;
using Serving.Access;

namespace Gateway.Tests.Access;

public sealed class GrpcDoorTests
{
    [Fact]
    public async Task EveryProcedure_EveryBadCaller_IsRefused()
    {
        var store = new FakeAccessStore();
        await using var gateway = await RunningGateway.StartAsync(store, ("AuthFailuresPerMinute", "100000"));
        using var client = new GrpcClient(gateway.GrpcAddress);
        var refused = 0;
        foreach (var method in gateway.Methods)
        {
            if (method.Kind.Scope == AccessScope.None) continue;
            foreach (var (name, key, status, _) in BadCallers.Of(store, method.Kind))
            {
                // Which model is meant stands in the message; everything else is decided before one was sent.
                (string, string)[] metadata = key is null ? [] : [("x-api-key", key)];
                var (answered, message) = name == "for another model"
                    ? await AboutAModelAsync(client, method, metadata)
                    : await WithoutMessageAsync(client, method, metadata);

                Assert.True(answered == (status == 401 ? 16 : 7), $"{method.Path}, {name}: {answered} {message}");
                refused++;
            }
        }

        Assert.InRange(refused, 100, int.MaxValue);
    }

    /// <summary>Half a message, of which no more comes: the model's name is all that is needed.</summary>
    [Theory]
    [InlineData("ModelInfer", AccessScope.Infer, 1)]
    [InlineData("RepositoryModelLoad", AccessScope.Admin, 2)]
    public async Task Message_ForAnotherModel_IsRefusedBeforeItIsRead(string procedure, AccessScope scope, byte field)
    {
        var store = new FakeAccessStore();
        var key = store.Add(scope, "another");
        await using var gateway = await RunningGateway.StartAsync(store);
        using var client = new GrpcClient(gateway.GrpcAddress);
        using var stream = new GrpcStream(client, procedure, ("x-api-key", key));

        await stream.SendAsync([0, 0, 16, 0, 0, (byte)(field << 3 | 2), 6, .. "dou"u8]);
        await stream.SendAsync("ble"u8.ToArray());

        var (status, message) = await stream.EndAsync().WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(7, status);
        Assert.Contains("for model 'double'", message);
        Assert.Empty(gateway.Log.Lines);
    }

    /// <summary>A message that comes in parts, to a caller who may: its beginning is looked at, and nothing is said.</summary>
    [Fact]
    public async Task Message_ForItsOwnModel_ComesInParts_IsAnswered()
    {
        var store = new FakeAccessStore();
        var key = store.Add(AccessScope.Infer, "double");
        await using var gateway = await RunningGateway.StartAsync(store);
        using var client = new GrpcClient(gateway.GrpcAddress);
        using var stream = new GrpcStream(client, "ModelInfer", ("x-api-key", key));
        var frame = GrpcClient.Frame(Infers.Raw(1, 2).ToByteArray());

        foreach (var part in frame.Chunk(9)) await stream.SendAsync(part);
        await stream.EndSendingAsync();

        Assert.NotNull(await stream.ReceiveAsync(ModelInferResponse.Parser));
        Assert.Equal(0, (await stream.EndAsync()).Status);
    }

    [Fact]
    public async Task PublicProcedures_AreTheProbes()
    {
        await using var gateway = await RunningGateway.StartAsync(new FakeAccessStore());

        Assert.Equal(
            ["/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch", "/inference.GRPCInferenceService/ServerLive", "/inference.GRPCInferenceService/ServerReady"],
            gateway.Methods.Where(m => m.Kind.Scope == AccessScope.None).Select(m => m.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Stream_LimitedKey_GetsItsOwnModelsAnswersOnly()
    {
        var store = new FakeAccessStore();
        var key = store.Add(AccessScope.Infer, "double");
        await using var gateway = await RunningGateway.StartAsync(store);
        using var client = new GrpcClient(gateway.GrpcAddress);
        using var stream = new GrpcStream(client, "ModelStreamInfer", ("authorization", $"Bearer {key}"));

        await stream.SendAsync(Infers.Raw(1, 2));
        Assert.Equal("", (await stream.ReceiveAsync(ModelStreamInferResponse.Parser))!.ErrorMessage);
        var other = Infers.Raw(1, 2);
        other.ModelName = "stats";
        await stream.SendAsync(other);

        Assert.Contains("does not have the scope infer for model 'stats'", (await stream.ReceiveAsync(ModelStreamInferResponse.Parser))!.ErrorMessage);
        await stream.EndSendingAsync();
        Assert.Equal(0, (await stream.EndAsync()).Status);
    }

    [Fact]
    public async Task Lists_LimitedKey_ShowItsModelsOnly()
    {
        var store = new FakeAccessStore();
        (string, string) key = ("x-api-key", store.Add(AccessScope.Read, "cold"));
        await using var gateway = await RunningGateway.StartAsync(store);
        using var client = new GrpcClient(gateway.GrpcAddress);

        var index = RepositoryIndexResponse.Parser.ParseFrom(Assert.Single((await client.CallAsync("RepositoryIndex", new RepositoryIndexRequest(), key)).Messages));
        var statistics = ModelStatisticsResponse.Parser.ParseFrom(Assert.Single((await client.CallAsync("ModelStatistics", new ModelStatisticsRequest(), key)).Messages));

        Assert.Equal("cold", Assert.Single(index.Models).Name);
        Assert.Empty(statistics.ModelStats);
    }

    private static async Task<(int Status, string Message)> WithoutMessageAsync(GrpcClient client, GrpcMethod method, (string, string)[] metadata)
    {
        using var stream = new GrpcStream(client, method.Path, metadata);
        return await stream.EndAsync();
    }

    private static async Task<(int Status, string Message)> AboutAModelAsync(GrpcClient client, GrpcMethod method, (string, string)[] metadata)
    {
        // Everywhere but in the repository's messages, the model is the first field.
        IMessage message = method.Path.Contains("Repository", StringComparison.Ordinal)
            ? new RepositoryModelLoadRequest { ModelName = "double" }
            : new ModelReadyRequest { Name = "double" };
        var reply = await client.CallAsync(method.Path, message, metadata);
        return (reply.Status, reply.Message);
    }
}
