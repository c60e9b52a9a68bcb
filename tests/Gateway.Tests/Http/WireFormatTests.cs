using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Gateway.Http;
using Gateway.Tests.Access;
using Serving.Access;
using Serving.Access.Quotas;

namespace Gateway.Tests.Http;

/// <summary>What every operation puts on the wire, byte for byte, in <c>Golden/</c>.</summary>
public sealed class WireFormatTests
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

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
    [InlineData("ready-not", "GET /v2/health/ready")]
    [InlineData("model-version-not-ready", "GET /v2/models/cold/versions/1/ready")]
    [InlineData("config-version-unknown", "GET /v2/models/double/versions/9/config")]
    [InlineData("stats-version-unknown", "GET /v2/models/double/versions/9/stats")]
    [InlineData("index-faulty", "POST /v2/repository/index", """{"ready":1}""")]
    [InlineData("load-faulty", "POST /v2/repository/models/double/load", """{"parameters":{"file:1/model.onnx":"AAAA"}}""")]
    [InlineData("unload-faulty", "POST /v2/repository/models/double/unload", """{"parameters":{"unload_dependents":true}}""")]
    [InlineData("infer-version-unknown", "POST /v2/models/double/versions/9/infer", InferRequests.Json)]
    [InlineData("traffic", "GET /v2/models/double/traffic")]
    [InlineData("traffic-unknown", "GET /v2/models/nope/traffic")]
    [InlineData("traffic-put", "PUT /v2/models/double/traffic", """{"variants":[{"version":"1","weight":1,"label":"stable"}]}""")]
    [InlineData("traffic-put-faulty", "PUT /v2/models/double/traffic", """{"variants":[{"version":"1","weight":-1}],"sticky_by":"cookie:x","stick":1}""")]
    [InlineData("traffic-put-stale", "PUT /v2/models/double/traffic", """{"variants":[{"version":"1","weight":1}]}""", "If-Match: \"6\"")]
    [InlineData("traffic-delete", "DELETE /v2/models/double/traffic", "", "If-Match: \"7\"")]
    [InlineData("traffic-delete-stale", "DELETE /v2/models/double/traffic", "", "If-Match: \"6\"")]
    [InlineData("shadows", "GET /v2/models/double/traffic/shadows")]
    [InlineData("shadows-unknown", "GET /v2/models/nope/traffic/shadows")]
    [InlineData("rollout-start", "POST /v2/models/double/rollout", """{"to":"2","steps":[5,100],"guards":{"error_rate":{"max_increase":0.01}}}""")]
    [InlineData("rollout-start-faulty", "POST /v2/models/double/rollout", """{"to":2,"steps":[50,5]}""")]
    [InlineData("rollout", "GET /v2/models/double/rollout")]
    [InlineData("rollout-unknown", "GET /v2/models/nope/rollout")]
    [InlineData("rollout-back", "DELETE /v2/models/double/rollout")]
    [InlineData("rollout-back-unknown", "DELETE /v2/models/nope/rollout")]
    [InlineData("drift-all", "GET /v2/drift")]
    [InlineData("drift", "GET /v2/models/double/versions/1/drift")]
    [InlineData("drift-page", "GET /v2/models/double/versions/1/drift", "", "Accept: text/html")]
    [InlineData("drift-unknown", "GET /v2/models/nope/versions/1/drift")]
    [InlineData("drift-events", "GET /v2/models/double/versions/1/drift/events")]
    [InlineData("drift-events-unknown", "GET /v2/models/nope/versions/1/drift/events")]
    [InlineData("baseline", "GET /v2/models/double/versions/1/baseline")]
    [InlineData("baseline-unknown", "GET /v2/models/nope/versions/1/baseline")]
    [InlineData("baseline-put", "PUT /v2/models/double/versions/1/baseline", """{"columns":{"x[0]":[1,2]}}""")]
    [InlineData("baseline-put-faulty", "PUT /v2/models/double/versions/1/baseline", "<xml/>", "Content-Type: text/xml")]
    [InlineData("baseline-delete", "DELETE /v2/models/double/versions/1/baseline")]
    [InlineData("baseline-delete-unknown", "DELETE /v2/models/nope/versions/1/baseline")]
    [InlineData("feedback", "POST /v2/models/double/feedback", """[{"id":"a","index":0,"label":"high"}]""")]
    [InlineData("feedback-faulty", "POST /v2/models/double/feedback", """[{"index":-1,"color":1}]""")]
    [InlineData("quality", "GET /v2/models/double/versions/1/quality")]
    [InlineData("quality-unknown", "GET /v2/models/nope/versions/1/quality")]
    [InlineData("docs", "GET /docs")]
    [InlineData("not-found", "GET /v1")]
    [InlineData("method-not-allowed", "PUT /v2/models/double")]
    public async Task Operation_Answered_LooksAsBefore(string name, string line, string body = "", string header = "")
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Engine.Ready = name != "ready-not";
        using var connection = gateway.Connect();

        var answer = Ask(connection, line, body, header);

        Golden.Check($"{name}.http", Render($"{line}\n{header}\n{body}", answer));
        Assert.Empty(gateway.Log.Lines);
    }

    /// <summary>Laid out over lines, since people will read what changed.</summary>
    [Fact]
    public async Task OpenApi_Answered_LooksAsBefore()
    {
        await using var gateway = await RunningGateway.StartAsync(new FakeAccessStore());
        using var connection = gateway.Connect();

        var answer = Ask(connection, "GET /openapi.json", "", "");

        using var document = JsonDocument.Parse(answer.Body);
        var lines = JsonSerializer.SerializeToUtf8Bytes(document, Indented);
        Golden.Check("openapi.http", Render("GET /openapi.json", answer with { Body = lines }));
    }

    /// <summary>Keys, and what only a key can be refused.</summary>
    [Theory]
    [InlineData("keys", "GET /v2/keys", "", true)]
    [InlineData("keys-unkeyed", "GET /v2/keys", "", false)]
    [InlineData("key-create", "POST /v2/keys", """{"name":"ci","grants":[{"scope":["infer"],"models":"iris-*"}],"expires_at":"2027-01-31T00:00:00Z"}""", true)]
    [InlineData("key-create-faulty", "POST /v2/keys", """{"name":"","grants":[{"scope":["all"]}],"color":1}""", true)]
    [InlineData("key", "GET /v2/keys/{0}", "", true)]
    [InlineData("key-unknown", "GET /v2/keys/nobody", "", true)]
    [InlineData("key-revoke", "DELETE /v2/keys/{0}", "", true)]
    [InlineData("key-revoke-unknown", "DELETE /v2/keys/nobody", "", true)]
    [InlineData("key-rotate", "POST /v2/keys/{0}/rotate", """{"overlap_seconds":60}""", true)]
    [InlineData("key-rotate-faulty", "POST /v2/keys/{0}/rotate", """{"overlap_seconds":-1}""", true)]
    [InlineData("key-limits", "PUT /v2/keys/{0}/limits", """{"requests_per_second":10}""", true)]
    [InlineData("key-limits-faulty", "PUT /v2/keys/{0}/limits", """{"requests":10}""", true)]
    [InlineData("key-limits-delete", "DELETE /v2/keys/{0}/limits", "", true)]
    [InlineData("key-limits-delete-unknown", "DELETE /v2/keys/nobody/limits", "", true)]
    [InlineData("model-limits", "GET /v2/models/cold/limits", "", true)]
    [InlineData("model-limits-none", "GET /v2/models/double/limits", "", true)]
    [InlineData("model-limits-put", "PUT /v2/models/double/limits", """{"concurrent":4,"burst_seconds":2}""", true)]
    [InlineData("model-limits-put-faulty", "PUT /v2/models/double/limits", """{"concurrent":0}""", true)]
    [InlineData("model-limits-delete", "DELETE /v2/models/double/limits", "", true)]
    [InlineData("model-limits-delete-unkeyed", "DELETE /v2/models/double/limits", "", false)]
    [InlineData("audit", "GET /v2/audit", "", true)]
    [InlineData("audit-faulty", "GET /v2/audit?after=x", "", true)]
    [InlineData("server-unkeyed", "GET /v2", "", false)]
    [InlineData("stats-all-unkeyed", "GET /v2/models/stats", "", false)]
    [InlineData("metrics-unkeyed", "GET /metrics", "", false)]
    [InlineData("drift-all-unkeyed", "GET /v2/drift", "", false)]
    [InlineData("logging-unkeyed", "GET /v2/logging", "", false)]
    [InlineData("trace-unkeyed", "GET /v2/trace/setting", "", false)]
    public async Task KeyedOperation_Answered_LooksAsBefore(string name, string line, string body, bool keyed)
    {
        var store = new FakeAccessStore();
        var key = store.Add(AccessScope.Admin | AccessScope.Read);
        await using var gateway = await RunningGateway.StartAsync(store);
        using var connection = gateway.Connect();
        line = string.Format(line, store.Keys[0].Id);
        var note = new AuditNote(new Actor("key:0", "127.0.0.1"), "model_load", "double", "[]"u8.ToArray(), "[\"2 Ready\"]"u8.ToArray());
        await store.RecordAsync(note, CancellationToken.None);
        await store.LimitModelAsync("cold", new QuotaLimits { RowsPerSecond = 100 }, note.Actor, CancellationToken.None);

        var answer = Ask(connection, line, body, keyed ? $"x-api-key: {key}" : "");

        Golden.Check($"{name}.http", Render($"{line}\n{body}", answer));
        Assert.Empty(gateway.Log.Lines);
    }

    /// <summary>
    /// Every verb on every path has a golden file of an answer and one of a refusal. The two below cannot be refused, and the figures
    /// of <c>/metrics</c> differ from one look to the next: their format is in <c>metrics.txt</c>.
    /// </summary>
    [Fact]
    public async Task EveryOperation_SuccessAndFailure_AreInGoldenFiles()
    {
        await using var gateway = await RunningGateway.StartAsync(new FakeAccessStore());
        var table = new OperationTable(gateway.Operations);
        var wanted = table.All.SelectMany(o => new[] { (o.Method, o.Pattern, Good: true), (o.Method, o.Pattern, Good: false) }).ToHashSet();
        wanted.ExceptWith([("GET", "/metrics", true), ("GET", "/v2/health/live", false), ("GET", "/docs", false), ("GET", "/openapi.json", false)]);

        foreach (var file in Golden.Files("*.http"))
        {
            var lines = File.ReadAllLines(file);
            var words = lines[0].Split(' ');
            var status = int.Parse(lines[Array.IndexOf(lines, "") + 1], CultureInfo.InvariantCulture);
            if (table.TryFind(words[0], words[1], out _, out var operation, out _)) wanted.Remove((operation.Method, operation.Pattern, status < 400));
        }

        Assert.Empty(wanted);
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

    private static RawAnswer Ask(RawConnection connection, string line, string body, string header)
    {
        var length = body.Length > 0 || line.StartsWith('P') ? $"Content-Length: {body.Length}\r\n" : "";
        if (header.Length > 0) header += "\r\n";
        connection.Send($"{line} HTTP/1.1\r\nHost: x\r\n{length}{header}\r\n{body}");
        return connection.Receive();
    }

    /// <summary>The request, the status, the headers that matter and the body.</summary>
    internal static string Render(string request, RawAnswer answer)
    {
        var lines = request.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var text = new StringBuilder(string.Join('\n', lines)).Append("\n\n").Append(answer.Status).Append('\n');
        foreach (var (name, value) in answer.Headers.OrderBy(h => h.Key, StringComparer.Ordinal))
        {
            if (name == "Date") continue;
            text.Append(name).Append(": ").Append(name == "x-request-id" ? "(made here)" : value).Append('\n');
        }

        if (answer.Body.Length == 0) return text.ToString();
        return text.Append('\n').Append(answer.Text).ToString();
    }
}
