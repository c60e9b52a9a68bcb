using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Serving;

namespace Gateway.Tests.Http;

public sealed class InferenceTests
{
    [Theory]
    [InlineData("""{"id":"from body","inputs":[{"name":"x","shape":[1,1],"datatype":"FP32","data":[1]}]}""", null, "from%20body", "from body")]
    [InlineData("""{"id":"from-body","inputs":[{"name":"x","shape":[1,1],"datatype":"FP32","data":[1]}]}""", "from-header", "from-body", "from-body")]
    [InlineData("""{"id":"","inputs":[{"name":"x","shape":[1,1],"datatype":"FP32","data":[1]}]}""", "from-header", "from-header", null)]
    [InlineData(InferRequests.Json, "from-header", "from-header", null)]
    [InlineData(InferRequests.Json, null, null, null)]
    [InlineData("""{"broken""", "from-header", "from-header", null)]
    [InlineData("""{"broken""", null, null, null)]
    public async Task Infer_Id_IsReturned(string body, string? header, string? expectedHeader, string? expectedInBody)
    {
        await using var gateway = await RunningGateway.StartAsync();
        string? seen = null;
        gateway.Engine.Infer = (request, _) =>
        {
            seen = request.Id;
            return new(FakeEngine.Double(request));
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v2/models/double/infer") { Content = new StringContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (header is not null) request.Headers.Add("x-request-id", header);

        using var response = await gateway.Client.SendAsync(request);

        var returned = Assert.Single(response.Headers.GetValues("x-request-id"));
        if (expectedHeader is null) Assert.Matches("^[0-9a-z]{24}$", returned);
        else Assert.Equal(expectedHeader, returned);
        if (seen is not null) Assert.Equal(returned, Uri.EscapeDataString(seen));
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(expectedInBody, json.RootElement.TryGetProperty("id", out var id) ? id.GetString() : null);
    }

    [Fact]
    public async Task Infer_Request_ReachesTheEngineWhole()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var seen = "";
        gateway.Engine.Infer = (request, _) =>
        {
            seen = $"{request.Model}|{request.Version}|{request.Priority}|{request.Timeout?.TotalMilliseconds}|{request.Outputs.Single().Name}|"
                + $"{request.Attributes!.Header("X-Tenant")}|{request.Attributes.Header("nope")}|{request.Attributes.Parameter("color")}";
            return new(FakeEngine.Double(request));
        };
        using var connection = gateway.Connect();

        connection.Send(InferRequests.Http(
            """{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]}],"outputs":[{"name":"y"}],"parameters":{"priority":1,"timeout":2500,"color":"red"}}""",
            "x-tenant: acme\r\n", "/v2/models/a%2Fb/versions/canary/infer"));

        Assert.Equal(200, connection.Receive().Status);
        Assert.Equal("a/b|canary|1|2.5|y|acme||red", seen);
    }

    [Fact]
    public async Task Infer_BinaryBothWays_Answers()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var floats = Enumerable.Range(0, 200_000).Select(i => (float)i).ToArray();

        var (response, body) = await gateway.SendBinaryAsync(floats);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/octet-stream", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(floats.Select(f => f * 2), Floats(response, body));
    }

    [Fact]
    public async Task Infer_RawBody_IsTheOnlyInput()
    {
        await using var gateway = await RunningGateway.StartAsync();
        float[] floats = [1, 2];
        using var content = new ByteArrayContent(MemoryMarshal.AsBytes<float>(floats).ToArray());
        content.Headers.Add("Inference-Header-Content-Length", "0");

        using var response = await gateway.Client.PostAsync("/v2/models/double/infer", content);
        var body = await response.Content.ReadAsByteArrayAsync();

        Assert.Equal([2f, 4f], Floats(response, body));
    }

    [Theory]
    [InlineData("gzip", true)]
    [InlineData("deflate", true)]
    [InlineData("deflate", false)]
    [InlineData("identity", true)]
    public async Task Infer_CompressedRequest_IsRead(string encoding, bool zlib)
    {
        await using var gateway = await RunningGateway.StartAsync();
        var compressed = Compress(Encoding.UTF8.GetBytes(InferRequests.Json), encoding, zlib);
        using var content = new ByteArrayContent(compressed);
        content.Headers.ContentEncoding.Add(encoding);

        using var response = await gateway.Client.PostAsync("/v2/models/double/infer", content);

        Assert.Contains("\"data\":[3.0,-4.0]", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task Infer_AcceptsCompressed_GetsIt(string encoding)
    {
        await using var gateway = await RunningGateway.StartAsync();
        var floats = new float[10_000];

        var (response, body) = await gateway.SendBinaryAsync(floats, accept: encoding);

        Assert.Equal(encoding, Assert.Single(response.Content.Headers.ContentEncoding));
        Assert.True(body.Length < 10_000);
        using Stream stream = encoding == "gzip"
            ? new GZipStream(new MemoryStream(body), CompressionMode.Decompress)
            : new ZLibStream(new MemoryStream(body), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        stream.CopyTo(plain);
        Assert.Equal(floats, Floats(response, plain.ToArray()));
    }

    [Fact]
    public async Task Infer_SmallAnswer_IsNotCompressed()
    {
        await using var gateway = await RunningGateway.StartAsync();

        var (response, body) = await gateway.SendBinaryAsync([1], accept: "gzip");

        Assert.Empty(response.Content.Headers.ContentEncoding);
        Assert.Equal([2f], Floats(response, body));
    }

    [Fact]
    public async Task Infer_Classification_NamesTheBest()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var connection = gateway.Connect();

        connection.Send(InferRequests.Http(
            """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1.5,2]}],"outputs":[{"name":"y","parameters":{"classification":1}}]}"""));
        var output = connection.Receive().Json.GetProperty("outputs")[0];

        Assert.Equal(("BYTES", "4:1:high"), (output.GetProperty("datatype").GetString(), output.GetProperty("data")[0].GetString()));
    }

    [Theory]
    [InlineData(ErrorCode.Overloaded, 503, "overloaded", "3")]
    [InlineData(ErrorCode.DeadlineExceeded, 504, "deadline_exceeded", "3")]
    [InlineData(ErrorCode.ModelFailed, 500, "model_failed", "3")]
    public async Task Infer_EngineFails_IsMapped(ErrorCode code, int status, string word, string retryAfter)
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Engine.Infer = (_, _) => new(new ServingError(code, "no \"luck\"", TimeSpan.FromSeconds(2.2)));
        using var connection = gateway.Connect();

        connection.Send(InferRequests.Http(InferRequests.Json));
        var answer = connection.Receive();

        Assert.Equal((status, word, "no \"luck\"", retryAfter), (answer.Status, answer.Code, answer.Error, answer.Headers["Retry-After"]));
        Assert.Contains("x-request-id", answer.Headers.Keys);
    }

    [Fact]
    public async Task Infer_CallerGone_CancelsTheEngineAndLogsNothing()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var entered = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        gateway.Engine.Infer = async (_, cancellation) =>
        {
            await using var registration = cancellation.Register(() => cancelled.SetResult());
            entered.SetResult();
            await Task.Delay(Timeout.Infinite, cancellation);
            throw new InvalidOperationException("Not reached.");
        };
        var connection = gateway.Connect();
        connection.Send(InferRequests.Http(InferRequests.Json));
        await entered.Task;

        connection.Dispose();
        await cancelled.Task.WaitAsync(TimeSpan.FromMinutes(1));

        using var response = await gateway.Client.GetAsync("/v2");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(gateway.Log.Lines);
    }

    private static float[] Floats(HttpResponseMessage response, byte[] body)
    {
        var json = int.Parse(Assert.Single(response.Headers.GetValues("Inference-Header-Content-Length")));
        return MemoryMarshal.Cast<byte, float>(body.AsSpan(json)).ToArray();
    }

    private static byte[] Compress(byte[] bytes, string encoding, bool zlib)
    {
        var compressed = new MemoryStream();
        using (Stream stream = (encoding, zlib) switch
        {
            ("gzip", _) => new GZipStream(compressed, CompressionLevel.Optimal),
            ("deflate", true) => new ZLibStream(compressed, CompressionLevel.Optimal),
            ("deflate", false) => new DeflateStream(compressed, CompressionLevel.Optimal),
            _ => compressed,
        })
        {
            stream.Write(bytes);
        }

        return compressed.ToArray();
    }
}
