using System.Text;

namespace Gateway.Tests.Http;

/// <summary>What every operation puts on the wire, byte for byte, in <c>Golden/</c>.</summary>
public sealed class WireFormatTests
{
    /// <summary>Triton's asyncio client asks for compression of everything, and understands it of tensors only.</summary>
    [Fact]
    public async Task Document_CompressionAsked_IsSentPlain()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Engine.Config = $"{{\"name\":\"{new string('n', 5000)}\"}}";
        using var connection = gateway.Connect();

        connection.Send("GET /v2/models/double/config HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip, deflate\r\n\r\n");

        var answer = connection.Receive();
        Assert.False(answer.Headers.ContainsKey("Content-Encoding"));
        Assert.Equal(gateway.Engine.Config, answer.Text);
    }

    [Theory]
    [InlineData("server", "GET /v2")]
    [InlineData("live", "GET /v2/health/live")]
    [InlineData("ready", "GET /v2/health/ready")]
    [InlineData("model", "GET /v2/models/double")]
    [InlineData("model-version", "GET /v2/models/double/versions/1")]
    [InlineData("model-unknown", "GET /v2/models/nope")]
    [InlineData("model-version-unknown", "GET /v2/models/double/versions/9")]
    [InlineData("model-ready", "GET /v2/models/double/ready")]
    [InlineData("model-version-ready", "GET /v2/models/double/versions/canary/ready")]
    [InlineData("model-not-ready", "GET /v2/models/cold/ready")]
    [InlineData("model-ready-unknown", "GET /v2/models/nope/ready")]
    [InlineData("config", "GET /v2/models/double/config")]
    [InlineData("config-version", "GET /v2/models/double/versions/2/config")]
    [InlineData("config-unknown", "GET /v2/models/nope/config")]
    [InlineData("stats-all", "GET /v2/models/stats")]
    [InlineData("stats-model", "GET /v2/models/double/stats")]
    [InlineData("stats-version", "GET /v2/models/double/versions/1/stats")]
    [InlineData("stats-unknown", "GET /v2/models/nope/stats")]
    [InlineData("index", "POST /v2/repository/index")]
    [InlineData("index-ready", "POST /v2/repository/index", """{"ready":true}""")]
    [InlineData("load", "POST /v2/repository/models/double/load")]
    [InlineData("unload", "POST /v2/repository/models/double/unload", """{"parameters":{"unload_dependents":false}}""")]
    [InlineData("infer", "POST /v2/models/double/infer", InferRequests.Json)]
    [InlineData("infer-version", "POST /v2/models/double/versions/canary/infer", InferRequests.Json)]
    [InlineData("infer-unknown", "POST /v2/models/nope/infer", InferRequests.Json)]
    [InlineData("infer-not-ready", "POST /v2/models/cold/infer", InferRequests.Json)]
    [InlineData("infer-malformed", "POST /v2/models/double/infer", "{\"inputs\":")]
    [InlineData("logging", "GET /v2/logging")]
    [InlineData("logging-change", "POST /v2/logging", "{\"log_verbose_level\":1,\"log_info\":false,\"log_format\":\"ISO8601\"}")]
    [InlineData("logging-faulty", "POST /v2/logging", "{\"log_verbose_level\":-1,\"log_file\":\"/x\",\"log_debug\":true}")]
    [InlineData("trace", "GET /v2/trace/setting")]
    [InlineData("trace-change", "POST /v2/trace/setting", "{\"trace_rate\":\"10\",\"trace_count\":5,\"trace_level\":[\"OFF\"]}")]
    [InlineData("trace-faulty", "POST /v2/trace/setting", "{\"trace_level\":[\"TIMESTAMPS\"],\"trace_rate\":\"0\",\"trace_file\":\"/x\"}")]
    [InlineData("trace-model", "GET /v2/models/double/trace/setting")]
    [InlineData("trace-model-change", "POST /v2/models/double/trace/setting", "{\"trace_rate\":\"7\",\"trace_count\":null}")]
    [InlineData("trace-model-malformed", "POST /v2/models/double/trace/setting", "{")]
    [InlineData("trace-model-unknown", "GET /v2/models/nope/trace/setting")]
    [InlineData("not-found", "GET /v1")]
    [InlineData("method-not-allowed", "PUT /v2/models/double")]
    public async Task Operation_Answered_LooksAsBefore(string name, string line, string body = "")
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var connection = gateway.Connect();

        var length = body.Length > 0 || line.StartsWith("PO", StringComparison.Ordinal) ? $"Content-Length: {body.Length}\r\n" : "";
        connection.Send($"{line} HTTP/1.1\r\nHost: x\r\n{length}\r\n{body}");
        var answer = connection.Receive();

        Golden.Check($"{name}.http", Render($"{line}\n{body}".TrimEnd('\n'), answer));
        Assert.Empty(gateway.Log.Lines);
    }

    [Theory]
    [InlineData("/v2")]
    [InlineData("/v2/health/ready")]
    [InlineData("/v2/models/double")]
    [InlineData("/v2/models/nope")]
    [InlineData("/nowhere")]
    public async Task Head_AnyPath_IsGetWithoutBody(string path)
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var connection = gateway.Connect();
        connection.Send($"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
        var get = connection.Receive();

        connection.Send($"HEAD {path} HTTP/1.1\r\nHost: x\r\n\r\nGET /v2 HTTP/1.1\r\nHost: x\r\n\r\n");
        var head = connection.Receive(hasBody: false);

        Assert.Equal((get.Status, get.Headers["Content-Length"]), (head.Status, head.Headers["Content-Length"]));
        Assert.Equal(200, connection.Receive().Status);
    }

    /// <summary>The request, the status, the headers that matter and the body.</summary>
    internal static string Render(string request, RawAnswer answer)
    {
        var text = new StringBuilder(request).Append("\n\n").Append(answer.Status).Append('\n');
        foreach (var (name, value) in answer.Headers.OrderBy(h => h.Key, StringComparer.Ordinal))
        {
            if (name == "Date") continue;
            text.Append(name).Append(": ").Append(name == "x-request-id" ? "(made here)" : value).Append('\n');
        }

        if (answer.Body.Length == 0) return text.ToString();
        return text.Append('\n').Append(answer.Text).ToString();
    }
}
