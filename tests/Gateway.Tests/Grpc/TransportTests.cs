using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Gateway.Grpc.Messages;
using Gateway.Tests.Http;
using Google.Protobuf;

namespace Gateway.Tests.Grpc;

/// <summary>Framing, compression, limits, refusals: what has nothing to do with inference.</summary>
public sealed class TransportTests : IAsyncLifetime
{
    private RunningGateway gateway = null!;
    private GrpcClient client = null!;

    public async Task InitializeAsync()
    {
        gateway = await RunningGateway.StartAsync(("MaxRequestBytes", "100000"), ("MaxDecompressedBytes", "200000"));
        client = new GrpcClient(gateway.GrpcAddress);
    }

    public async Task DisposeAsync()
    {
        client.Dispose();
        await gateway.DisposeAsync();
    }

    [Theory]
    [InlineData("", "the call has no message; send one")]
    [InlineData("00", "the call ends within a message's prefix, after 1 bytes of it")]
    [InlineData("00000000", "the call ends within a message's prefix, after 4 bytes of it")]
    [InlineData("0000000003", "the call ends within a message: 0 of its 3 bytes came")]
    [InlineData("00000000030A01", "the call ends within a message: 2 of its 3 bytes came")]
    [InlineData("0200000000", "a message starts with the byte 2; only 0 and 1 are defined")]
    [InlineData("FF00000000", "a message starts with the byte 255; only 0 and 1 are defined")]
    [InlineData("00000000000000000000", "the call has more than one message; this method takes one")]
    [InlineData("0000000000FF", "the call has more than one message; this method takes one")]
    [InlineData("0000000001FF", "the message is not a valid ServerLiveRequest; generate the client from the same proto files")]
    public async Task Call_MalformedFrames_AreInvalid(string hex, string message)
    {
        var reply = await client.SendAsync("ServerLive", new ByteArrayContent(Convert.FromHexString(hex)));

        Assert.Equal((3, message), (reply.Status, reply.Message));
        await AssertHealthyAsync();
    }

    [Theory]
    [InlineData("00000186A1")]
    [InlineData("00FFFFFFFF")]
    [InlineData("017FFFFFFF")]
    public async Task Call_AnnouncedTooLarge_IsRefusedBeforeItComes(string hex)
    {
        using var stream = new GrpcStream(client, "ModelInfer");

        await stream.SendAsync(Convert.FromHexString(hex));

        var (status, message) = await stream.EndAsync();
        Assert.Equal(8, status);
        Assert.Contains("100000 are allowed (Serving:MaxRequestBytes)", message, StringComparison.Ordinal);
        await AssertHealthyAsync();
    }

    [Fact]
    public async Task Call_JustTheLimit_IsTaken()
    {
        var request = Infers.Raw(new float[24_980]);
        request.Id = new string('x', 100_000 - request.CalculateSize() - 2);
        Assert.Equal(100_000, request.CalculateSize());

        Assert.Equal(0, (await client.CallAsync("ModelInfer", request)).Status);
    }

    [Fact]
    public async Task Call_CompressedWithoutEncoding_IsInternal()
    {
        var reply = await client.SendAsync("ServerLive", new ByteArrayContent(GrpcClient.Frame([], compressed: true)));

        Assert.Equal((13, "a message is marked as compressed, but the call has no grpc-encoding"), (reply.Status, reply.Message));
    }

    [Fact]
    public async Task Call_UnknownEncoding_IsUnimplementedAndToldTheKnown()
    {
        var reply = await client.CallAsync("ServerLive", new ServerLiveRequest(), ("grpc-encoding", "snappy"));

        Assert.Equal(12, reply.Status);
        Assert.Equal("identity, gzip, deflate", reply.Metadata["grpc-accept-encoding"]);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task Call_Compressed_IsAnsweredInKind(string encoding)
    {
        var message = Infers.Raw(new float[20_000]).ToByteArray();
        var body = new ByteArrayContent(GrpcClient.Frame(Compress(message, encoding), compressed: true));

        var reply = await client.SendAsync(
            "ModelInfer", body, ("grpc-encoding", encoding), ("grpc-accept-encoding", "identity, deflate,gzip"));

        Assert.Equal((0, encoding), (reply.Status, reply.Encoding));
        Assert.True(Assert.Single(reply.Compressed));
        Assert.Equal(20_000, Infers.Floats(ModelInferResponse.Parser.ParseFrom(reply.Messages[0])).Length);
    }

    [Theory]
    [InlineData("gzip", "identity", "identity")]
    [InlineData("gzip", "deflate", "identity")]
    [InlineData("identity", "gzip", "identity")]
    public async Task Call_CompressionNotWished_IsAnsweredPlain(string encoding, string accepts, string expected)
    {
        var body = new ByteArrayContent(GrpcClient.Frame(Infers.Raw(new float[20_000]).ToByteArray()));

        var reply = await client.SendAsync("ModelInfer", body, ("grpc-encoding", encoding), ("grpc-accept-encoding", accepts));

        Assert.Equal((0, expected), (reply.Status, reply.Encoding));
        Assert.False(Assert.Single(reply.Compressed));
    }

    [Fact]
    public async Task Call_SmallAnswer_IsNotCompressed()
    {
        var body = new ByteArrayContent(GrpcClient.Frame(Compress(Infers.Raw(1).ToByteArray(), "gzip"), compressed: true));

        var reply = await client.SendAsync("ModelInfer", body, ("grpc-encoding", "gzip"), ("grpc-accept-encoding", "gzip"));

        Assert.Equal((0, "gzip", false), (reply.Status, reply.Encoding, Assert.Single(reply.Compressed)));
    }

    [Fact]
    public async Task Call_CompressedGarbage_IsInvalid()
    {
        var body = new ByteArrayContent(GrpcClient.Frame([1, 2, 3], compressed: true));

        var reply = await client.SendAsync("ServerLive", body, ("grpc-encoding", "gzip"));

        Assert.Equal((3, "the message is not valid gzip, as the call's grpc-encoding says"), (reply.Status, reply.Message));
    }

    [Fact]
    public async Task Call_Bomb_IsRefusedAtTheLimit()
    {
        var body = new ByteArrayContent(GrpcClient.Frame(Compress(new byte[10_000_000], "gzip"), compressed: true));

        var reply = await client.SendAsync("ModelInfer", body, ("grpc-encoding", "gzip"));

        Assert.Equal(8, reply.Status);
        Assert.Contains("Serving:MaxDecompressedBytes", reply.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/inference.GRPCInferenceService/Nope")]
    [InlineData("/Nope")]
    [InlineData("/inference.GRPCInferenceService/modelinfer")]
    public async Task Call_UnknownMethod_IsUnimplemented(string path)
    {
        var reply = await client.CallAsync(path, new ServerLiveRequest());

        Assert.Equal((12, $"there is no method '{path}'; the service is inference.GRPCInferenceService"), (reply.Status, reply.Message));
    }

    [Theory]
    [InlineData("application/json", HttpStatusCode.UnsupportedMediaType, "unsupported_media")]
    [InlineData("application/grpc-web", HttpStatusCode.UnsupportedMediaType, "unsupported_media")]
    [InlineData("application/grpc+json", HttpStatusCode.UnsupportedMediaType, "unsupported_media")]
    [InlineData("text/plain", HttpStatusCode.UnsupportedMediaType, "unsupported_media")]
    public async Task Call_OtherContentType_IsAnHttpError(string type, HttpStatusCode status, string code)
    {
        using var body = new ByteArrayContent([]);
        body.Headers.TryAddWithoutValidation("content-type", type);

        using var response = await client.StartAsync("ServerLive", body, CancellationToken.None);

        Assert.Equal(status, response.StatusCode);
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(code, json.RootElement.GetProperty("code").GetString());
        Assert.False(string.IsNullOrEmpty(json.RootElement.GetProperty("error").GetString()));
    }

    [Theory]
    [InlineData("application/grpc")]
    [InlineData("application/grpc+proto")]
    [InlineData("application/grpc; charset=utf-8")]
    [InlineData("APPLICATION/GRPC+PROTO")]
    public async Task Call_GrpcContentType_IsTaken(string type)
    {
        using var body = new ByteArrayContent(GrpcClient.Frame([]));
        body.Headers.ContentType = MediaTypeHeaderValue.Parse(type);

        Assert.Equal(0, (await client.SendAsync("ServerLive", body)).Status);
    }

    [Fact]
    public async Task Http2_Get_Is405()
    {
        using var http = new HttpClient { BaseAddress = gateway.GrpcAddress };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v2")
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        using var response = await http.SendAsync(request);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Contains("method_not_allowed", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Http1_OnTheGrpcPort_IsRefused()
    {
        using var http = new HttpClient { BaseAddress = gateway.GrpcAddress };

        using var response = await http.GetAsync("/v2");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        await AssertHealthyAsync();
    }

    [Theory]
    [InlineData("1")]
    [InlineData("123456789m")]
    [InlineData("12x")]
    [InlineData("-1m")]
    [InlineData("m")]
    public async Task Call_MalformedTimeout_IsInvalid(string timeout) =>
        Assert.Equal(3, (await client.CallAsync("ServerLive", new ServerLiveRequest(), ("grpc-timeout", timeout))).Status);

    [Fact]
    public async Task Call_MoreThanTheServerMayHold_IsOverloaded()
    {
        await using var small = await RunningGateway.StartAsync(("MaxBufferedBytes", "100000"));
        using var caller = new GrpcClient(small.GrpcAddress);

        var reply = await caller.CallAsync("ModelInfer", Infers.Raw(new float[100_000]));

        Assert.Equal((8, "1000"), (reply.Status, reply.Metadata["grpc-retry-pushback-ms"]));
        for (var i = 0; i < 20; i++) Assert.Equal(0, (await caller.CallAsync("ModelInfer", Infers.Raw(new float[20_000]))).Status);
    }

    private async Task AssertHealthyAsync() =>
        Assert.True((await client.AskAsync("ServerLive", new ServerLiveRequest(), ServerLiveResponse.Parser)).Live);

    private static byte[] Compress(byte[] message, string encoding)
    {
        var compressed = new MemoryStream();
        using (Stream stream = encoding == "gzip"
            ? new GZipStream(compressed, CompressionLevel.Fastest)
            : new ZLibStream(compressed, CompressionLevel.Fastest))
        {
            stream.Write(message);
        }

        return compressed.ToArray();
    }
}
