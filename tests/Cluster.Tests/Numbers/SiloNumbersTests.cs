using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Cluster.Tests.Processes;
using Gateway.Metrics;
using Gateway.Tests.Metrics;
using Gateway.Tests.Tracing;
using Serving.Telemetry;
using Xunit.Abstractions;

namespace Cluster.Tests.Numbers;

/// <summary>What silos in processes of their own show of themselves: numbers, traces, descriptions.</summary>
public sealed partial class SiloNumbersTests(ITestOutputHelper output)
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";

    /// <summary>What nothing was asked of here.</summary>
    private static readonly InstrumentRow[] Unused = [GatewayInstruments.CapturedRequests];

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(10) };
    private static readonly byte[] Body = File.ReadAllBytes(Path.Combine(Checkout.Samples, "iris", "example.json"));

    [RedisFact]
    public async Task Metrics_OfTwoSilos_HaveEveryInstrument_AndAddUp()
    {
        const int requests = 20;
        await using var cluster = await RunningCluster.StartAsync(2, 0);
        var gateways = cluster.Silos.Select(s => s.Address).ToArray();
        foreach (var version in new[] { "1", "2" })
        {
            using var put = await Http.PutAsync(
                new Uri(gateways[0], $"v2/models/iris/versions/{version}/baseline"),
                new ByteArrayContent(await File.ReadAllBytesAsync(Path.Combine(Checkout.Samples, "iris", "baseline.csv"))) { Headers = { ContentType = new("text/csv") } });
            output.WriteLine($"baseline of version {version}: {(int)put.StatusCode}");
        }

        foreach (var gateway in gateways)
        {
            for (var i = 0; i < requests; i++) (await InferAsync(gateway)).EnsureSuccessStatusCode();
        }

        using (var judged = new HttpRequestMessage(HttpMethod.Post, new Uri(gateways[1], "v2/models/iris/infer")) { Content = new ByteArrayContent(Body) })
        {
            judged.Headers.Add("x-request-id", "judged");
            (await Http.SendAsync(judged)).EnsureSuccessStatusCode();
        }

        // A truth has its model judged, on one silo; how right it is shows within seconds.
        using (var told = await Http.PostAsync(new Uri(gateways[0], "v2/models/iris/feedback"), new StringContent("""[{"id": "judged", "label": "setosa"}]""", Encoding.UTF8, "application/json")))
            told.EnsureSuccessStatusCode();
        for (var until = DateTime.UtcNow + Patience; !await ShowAsync(gateways, DriftInstruments.Accuracy); await Task.Delay(200))
            Assert.True(DateTime.UtcNow < until, "no silo shows how right the model is");

        // A key that is refused and one that is over its limit make the counters of refusals begin.
        var boss = await MakeKeyAsync(gateways[0], null, """{"name": "boss", "grants": [{"scope": ["infer", "read", "admin"]}]}""");
        var limited = await MakeKeyAsync(gateways[0], boss, """{"name": "x", "grants": [{"scope": ["infer"]}], "limits": {"requests_per_second": 0.001}}""");
        foreach (var gateway in gateways)
        {
            await InferAsync(gateway, "wrong");
            for (var i = 0; i < 3; i++) await InferAsync(gateway, limited);
        }

        var texts = new List<string>();
        foreach (var gateway in gateways)
        {
            // Drift scores are asked for when somebody looks, and shown at the next look.
            await Http.SendAsync(Request(HttpMethod.Get, new Uri(gateway, "metrics"), boss));
            using var scrape = await Http.SendAsync(Request(HttpMethod.Get, new Uri(gateway, "metrics"), boss));
            texts.Add(await scrape.Content.ReadAsStringAsync());
        }

        var shown = texts.SelectMany(text => Types().Matches(text)).Select(match => match.Groups[1].Value).ToHashSet();
        var rows = ServingInstruments.All.Concat(GatewayInstruments.All).Concat(DriftNumbers.All).Except(Unused);
        var names = rows.Select(row => MetricName.Of(row.Name, row.Unit, row.Kind));
        Assert.Equal("", string.Join(' ', names.Where(name => !shown.Contains(name) && !shown.Contains($"{name}_total"))));

        // One silo's counts are its own, the cluster's are their sum: each request ran once, wherever it came in.
        var ran = texts.Sum(text => Samples(text, "serving_inference_requests_total", "model=\"iris\"", "outcome=\"success\"").Sum());
        Assert.Equal((2 * requests) + 2, ran);
        foreach (var text in texts)
        {
            Assert.True(Samples(text, "serving_model_memory_bytes", "model=\"iris\"").Sum() > 0);
            Assert.Equal(1, Samples(text, "serving_model_state", "model=\"iris\"", "version=\"2\"", "state=\"ready\"").Sum());

            // What the Kubernetes autoscaler divides: deploy/kubernetes/metrics-adapter.yaml.
            Assert.NotEmpty(Samples(text, "serving_inference_queue_duration_seconds_sum", "model=\"iris\""));
            Assert.NotEmpty(Samples(text, "serving_inference_queue_duration_seconds_count", "model=\"iris\""));
            if (Promtool.Path is null) continue;
            var (code, found) = await Promtool.CheckAsync(text);
            Assert.True(code == 0, found);
        }

        Assert.All(AdapterMetrics(), name => Assert.Contains(texts, text => text.Contains($"\n{name}{{", StringComparison.Ordinal)));
    }

    [RedisFact]
    public async Task Trace_OfARequestThatRunsElsewhere_GoesOnThere()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using (var cluster = await RunningCluster.StartAsync(2, 0, "--replicas", "1", "--otlp-endpoint", receiver.GrpcUrl))
        {
            for (var i = 0; i < 2; i++)
            {
                using var request = Request(HttpMethod.Post, new Uri(cluster.Silos[i].Address, "v2/models/iris/infer"), null);
                request.Content = new ByteArrayContent(Body);
                request.Headers.Add("traceparent", $"00-{Trace[..31]}{i}-00f067aa0ba902b7-01");
                (await Http.SendAsync(request)).EnsureSuccessStatusCode();
            }

            for (var until = DateTime.UtcNow + Patience; !IsWhole(receiver, 0) || !IsWhole(receiver, 1); await Task.Delay(100))
                Assert.True(DateTime.UtcNow < until, string.Join('\n', receiver.Spans.Select(s => $"{s.Trace} {s.Id} {s.Parent} {s.Name}")));
        }

        // One of the gateways has the version in its own process; the other one's request runs in the former.
        var traces = new[] { 0, 1 }.Select(i => receiver.Spans.Where(span => span.Trace == $"{Trace[..31]}{i}").ToArray())
            .OrderBy(trace => trace.Count(span => span.Name == "compute")).ToArray();
        foreach (var span in traces[1]) output.WriteLine($"{span.Id} under {span.Parent}: {span.Name}, {span.Seconds * 1e3:F2} ms");
        Assert.Equal([1, 2], traces.Select(trace => trace.Count(span => span.Name == "compute")));
        var spans = traces[1].ToDictionary(span => span.Id);
        var infer = Assert.Single(traces[1], span => span.Name == "infer");
        var there = Assert.Single(traces[1], span => span.Name == "compute" && span.Parent != infer.Id);
        Assert.Contains(traces[1], span => span.Name == "queue" && span.Parent == there.Parent);
        Assert.Equal(("replica", infer.Id), (spans[there.Parent].Name, spans[there.Parent].Parent));
        Assert.True(there.Start >= infer.Start && there.End <= infer.End);
    }

    [Fact]
    public async Task OpenApi_OfASilo_DescribesTheCluster()
    {
        var folder = Directory.CreateTempSubdirectory("serving-silo-");
        await using (var silo = new SiloProcess("alone", folder.FullName, ["--model-repository", Checkout.Samples]))
        {
            silo.Start();
            await silo.ReadyAsync(Patience);

            var document = await Http.GetFromJsonAsync<JsonElement>(new Uri(silo.Address, "openapi.json"));
            var described = document.GetProperty("paths").GetProperty("/v2/cluster").GetProperty("get");
            Assert.Equal("Server", described.GetProperty("tags")[0].GetString());
            var schema = described.GetProperty("responses").GetProperty("200").GetProperty("content").GetProperty("application/json").GetProperty("schema");
            var status = await RunningCluster.StatusAsync(silo.Address);
            Assert.Equal(Names(status), Names(schema.GetProperty("properties")));
            Assert.Equal(Names(status.GetProperty("silos")[0]), Names(schema.GetProperty("properties").GetProperty("silos").GetProperty("items").GetProperty("properties")));
        }

        folder.Delete(recursive: true);
    }

    private static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(member => member.Name);

    /// <summary>Each request has its own span and those of its stages; one that ran elsewhere has there two more.</summary>
    private static bool IsWhole(OtlpReceiver receiver, int trace)
    {
        var spans = receiver.Spans.Where(span => span.Trace == $"{Trace[..31]}{trace}").ToArray();
        var isElsewhere = receiver.Spans.Count(span => span.Name == "compute") >= 3;
        return isElsewhere && spans.Any(span => span.Name == "infer");
    }

    /// <summary>The series that the autoscaler's rule reads.</summary>
    private static IEnumerable<string> AdapterMetrics() => SeriesNames().Matches(
            File.ReadAllText(Path.Combine(Checkout.Root, "deploy", "kubernetes", "metrics-adapter.yaml"), Encoding.UTF8))
        .Select(match => match.Value).Distinct();

    private static IEnumerable<double> Samples(string text, string name, params string[] labels) => text.Split('\n')
        .Where(line => line.StartsWith($"{name}{{", StringComparison.Ordinal) && labels.All(label => line.Contains(label, StringComparison.Ordinal)))
        .Select(line => double.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture));

    private static async Task<bool> ShowAsync(IEnumerable<Uri> gateways, InstrumentRow row)
    {
        var texts = await Task.WhenAll(gateways.Select(gateway => Http.GetStringAsync(new Uri(gateway, "metrics"))));
        return texts.Any(text => text.Contains($"\n{MetricName.Of(row.Name, row.Unit, row.Kind)}{{", StringComparison.Ordinal));
    }

    private static async Task<HttpResponseMessage> InferAsync(Uri gateway, string? key = null)
    {
        using var request = Request(HttpMethod.Post, new Uri(gateway, "v2/models/iris/infer"), key);
        request.Content = new ByteArrayContent(Body);
        return await Http.SendAsync(request);
    }

    private static async Task<string> MakeKeyAsync(Uri gateway, string? key, string spec)
    {
        using var request = Request(HttpMethod.Post, new Uri(gateway, "v2/keys"), key);
        request.Content = new StringContent(spec, new MediaTypeHeaderValue("application/json"));
        using var made = await Http.SendAsync(request);
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync());
        return (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("key").GetString()!;
    }

    private static HttpRequestMessage Request(HttpMethod method, Uri address, string? key)
    {
        var request = new HttpRequestMessage(method, address);
        if (key is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return request;
    }

    [GeneratedRegex("^# TYPE (\\S+) ", RegexOptions.Multiline)]
    private static partial Regex Types();

    [GeneratedRegex("serving_inference_\\w+")]
    private static partial Regex SeriesNames();
}
