using Gateway.Grpc.Messages;
using Gateway.Http;
using Gateway.Tests.Access;
using Gateway.Tests.Http;
using Google.Protobuf;
using Serving;
using Serving.Access;

namespace Gateway.Tests.Grpc;

/// <summary>Every error code as a caller over gRPC gets it, from real calls where the gateway makes it, else from the engine.</summary>
public sealed class GrpcErrorCodeTests
{
    /// <summary>Codes that only an engine makes; and two that are HTTP's, for which a call ends with the status of the mapping.</summary>
    private static readonly ErrorCode[] OfTheEngine = [ErrorCode.Conflict, ErrorCode.StaleMatch, ErrorCode.ModelFailed, ErrorCode.UnsupportedMedia];

    [Fact]
    public async Task Call_EveryCode_EndsWithItsStatus()
    {
        var store = new FakeAccessStore();
        var (all, reader) = (store.Add(AccessScope.Infer | AccessScope.Read | AccessScope.Admin), store.Add(AccessScope.Read));
        await using var gateway = await RunningGateway.StartAsync(
            store, ("MaxRequestBytes", "200000"), ("MaxBufferedBytes", "150000"), ("AuthFailuresPerMinute", "1"));
        using var client = new GrpcClient(gateway.GrpcAddress);
        var made = new HashSet<ErrorCode>();

        await CheckAsync(ErrorCode.InvalidRequest, "ModelInfer", new ModelInferRequest { ModelName = "double", Inputs = { new ModelInferRequest.Types.InferInputTensor() } });
        await CheckAsync(ErrorCode.ModelNotFound, "ModelMetadata", new ModelMetadataRequest { Name = "nope" });
        await CheckAsync(ErrorCode.VersionNotFound, "ModelMetadata", new ModelMetadataRequest { Name = "double", Version = "9" });
        await CheckAsync(ErrorCode.ModelNotReady, "ModelMetadata", new ModelMetadataRequest { Name = "cold" });
        await CheckAsync(ErrorCode.PayloadTooLarge, "ModelInfer", Infers.Raw(new float[60_000]));
        await CheckAsync(ErrorCode.Overloaded, "ModelInfer", Infers.Raw(new float[45_000]));
        await CheckAsync(ErrorCode.DeadlineExceeded, "ModelInfer", Infers.Raw(1), all, ("grpc-timeout", "0n"));
        await CheckAsync(ErrorCode.Unsupported, "SystemSharedMemoryStatus", new SystemSharedMemoryStatusRequest());
        await CheckAsync(ErrorCode.NotFound, "NoSuchThing", new ServerLiveRequest());
        await CheckAsync(ErrorCode.Forbidden, "ModelInfer", Infers.Raw(1), reader);
        await CheckAsync(ErrorCode.Unauthenticated, "ModelInfer", Infers.Raw(1), "hello");
        await CheckAsync(ErrorCode.QuotaExceeded, "ModelInfer", Infers.Raw(1), "hello");
        foreach (var code in OfTheEngine)
        {
            gateway.Engine.Infer = (_, _) => new(new ServingError(code, "because"));
            await CheckAsync(code, "ModelInfer", Infers.Raw(1));
        }

        gateway.Engine.Infer = (_, _) => throw new InvalidOperationException("a bug");
        await CheckAsync(ErrorCode.Internal, "ModelInfer", Infers.Raw(1));

        // The one that no call can get: a call is a POST.
        made.Add(ErrorCode.MethodNotAllowed);
        Assert.Empty(Enum.GetValues<ErrorCode>().Except(made));

        async Task CheckAsync(ErrorCode code, string method, IMessage request, string? key = null, params (string, string)[] metadata)
        {
            var reply = await client.CallAsync(method, request, [("x-api-key", key ?? all), .. metadata]);
            var expected = ErrorMapping.Of(code);
            Assert.True(expected.Grpc == reply.Status, $"{code}: {reply.Status} {reply.Message}");
            Assert.NotEmpty(reply.Message);
            Assert.Empty(reply.Messages);
            made.Add(code);
        }
    }

    [Fact]
    public async Task Stream_EveryCodeOfTheEngine_IsAnAnswer()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var client = new GrpcClient(gateway.GrpcAddress);
        using var stream = new GrpcStream(client, "ModelStreamInfer");
        foreach (var code in Enum.GetValues<ErrorCode>())
        {
            gateway.Engine.Infer = (_, _) => new(new ServingError(code, $"because of {code}"));
            await stream.SendAsync(Infers.Raw(1));

            Assert.Equal($"because of {code}", (await stream.ReceiveAsync(ModelStreamInferResponse.Parser))!.ErrorMessage);
        }
    }

    /// <summary>The page that callers read is the table that they meet.</summary>
    [Fact]
    public void Page_TableOfErrors_IsTheMapping()
    {
        string[] words = ["", "", "", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "", "ABORTED", "", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "", "UNAUTHENTICATED"];
        var rows = File.ReadAllLines(RepositoryFiles.Find("docs/protocol.md")).Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('|')).ToList();
        foreach (var code in Enum.GetValues<ErrorCode>())
        {
            var expected = ErrorMapping.Of(code);
            var row = Assert.Single(rows, row => row.Length == 5 && row[1].Contains($"`{expected.Code}`", StringComparison.Ordinal));
            Assert.Contains($"{expected.Http}", row[2], StringComparison.Ordinal);
            Assert.Contains(words[expected.Grpc], row[3], StringComparison.Ordinal);
            Assert.Equal(expected.Retry, row[2].Contains("Retry-After", StringComparison.Ordinal));
        }
    }
}
