using System.Text.Json;
using System.Text.Json.Nodes;
using Cluster.Tests.Processes;
using Xunit.Abstractions;

namespace Cluster.Tests;

/// <summary>
/// The same requests and truths to a cluster of three silos and to one process beside it, each request at one gateway and its truth at
/// another: quality is the same, also when a silo is killed on the way. Rollouts go by it.
/// </summary>
public sealed class QualityTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(20) };

    [RedisFact]
    public async Task Quality_OneOfThreeSilosKilled_IsThatOfOneProcess()
    {
        await using var cluster = await RunningCluster.StartAsync(3, MakeRepository, "--replicas", "3");
        await using var alone = new StandaloneProcess(cluster.Repository);
        await alone.ReadyAsync(Patience);
        await RunningCluster.WholeAsync(6, cluster.Silos[0].Address, without: null, Patience);
        var gateways = cluster.Silos.Select(silo => silo.Address).ToList();
        for (var i = 0; i < 240; i++)
        {
            if (i == 120)
            {
                // What was answered is sent when a report is asked for.
                await ReportAsync(gateways[0]);
                cluster.Silos[^1].Process.Kill();
                gateways.RemoveAt(gateways.Count - 1);
                await AnswersAsync(gateways);
            }

            var truths = TruthsAt(i);
            var receipts = new List<string>();
            foreach (var (asked, told) in new[] { (alone.Address, alone.Address), (gateways[i % gateways.Count], gateways[(i + 1) % gateways.Count]) })
            {
                await InferAsync(asked, i, "versions/1/");
                receipts.Add(await PostAsync(told, "feedback", truths));
            }

            Assert.Equal(receipts[0], receipts[1]);
        }

        var report = await ReportAsync(gateways[1]);
        output.WriteLine(report.ToJsonString());
        Assert.Equal(Comparable(await ReportAsync(alone.Address)), Comparable(report));
        Assert.Equal(100, (int)report["window"]!["count"]!);
        Assert.True((double)report["baseline_error_rate"]! > 0);
        Assert.Contains("silo-3", report["nodes"]!.AsArray().Select(node => (string)node!["node"]!));
    }

    [RedisFact]
    public async Task Rollout_TruthsFindTheNewVersionWrong_IsRolledBackEverywhere()
    {
        await using var cluster = await RunningCluster.StartAsync(3, MakeRepository, "--replicas", "1");
        var gateways = cluster.Silos.Select(silo => silo.Address).ToList();
        await RunningCluster.WholeAsync(2, gateways[0], without: null, Patience);
        await SendAsync(HttpMethod.Put, gateways[0], "traffic", """{"variants":[{"version":"1","weight":100,"label":"stable"}]}""");
        await PostAsync(gateways[1], "rollout", """{"to":"2","steps":[50,100],"step_seconds":1,"step_requests":1000000,"alpha":0.01,"guards":{"quality":{"max_decrease":0.02}}}""");
        var status = await StatusAsync(gateways[2]);
        var requests = 0;
        for (; (string)status["state"]! == "running" && requests < 2000; requests++)
        {
            var answer = await InferAsync(gateways[requests % 3], requests, "");
            var label = (string)answer["model_version"]! == "2" ? "none of them" : (string)answer["outputs"]![0]!["data"]![0]!;
            await PostAsync(gateways[(requests + 1) % 3], "feedback", $$"""[{"id":"r{{requests}}","label":"{{label}}"}]""");
            status = await StatusAsync(gateways[(requests + 2) % 3]);
        }

        output.WriteLine($"rolled back after {requests} requests: {status["log"]![0]!["reason"]}");
        Assert.Equal("rolled_back", (string)status["state"]!);
        Assert.StartsWith("quality: the evidence of harm is", (string)status["log"]!.AsArray().Last()!["reason"]!);
        Assert.Equal((0, 1), ((double)status["canary"]!["accuracy"]!, (double)status["stable"]!["accuracy"]!));
        foreach (var gateway in gateways) Assert.Equal("1", (string)(await InferAsync(gateway, 5000, ""))["model_version"]!);
    }

    /// <summary>Truths about this and earlier requests and the next one, some twice, some corrected, some about nothing.</summary>
    private static string TruthsAt(int i) => JsonSerializer.Serialize(new object[]
    {
        new { id = $"r{i}", index = 0, label = LabelOf(i), at = At(i) }, new { id = $"r{i - 1}", index = 1, label = LabelOf(i), at = At(i) },
        new { id = $"r{i - 2}", index = 0, label = LabelOf(i + 1), at = At(i) }, new { id = $"r{i - 2}", index = 0, label = LabelOf(i + 1), at = At(i) },
        new { id = $"r{i - 5}", index = 0, label = LabelOf(i), at = At(0) }, new { id = $"r{i + 1}", index = 1, label = LabelOf(i), at = At(i) },
        new { id = $"nobody-{i}", index = 0, label = "setosa", at = At(i) },
    });

    private static DateTimeOffset At(int i) => new DateTimeOffset(2026, 11, 1, 12, 0, 0, TimeSpan.Zero).AddSeconds(i);

    private static string LabelOf(int i) => (i % 4) switch { 0 => "setosa", 1 => "versicolor", 2 => "virginica", _ => "none of them" };

    /// <summary>All but what depends on how fast this test runs, and who answered.</summary>
    private static string Comparable(JsonNode report)
    {
        var copy = report.DeepClone().AsObject();
        copy.Remove("nodes");
        copy["feedback"]!.AsObject().Remove("lag_median_seconds");
        copy["feedback"]!.AsObject().Remove("lag_p95_seconds");
        return copy.ToJsonString();
    }

    private static async Task<JsonNode> InferAsync(Uri server, int number, string version)
    {
        var random = new Random(number);
        double[] rows = [.. Enumerable.Range(0, 8).Select(column => random.NextDouble() * (column % 4 == 3 ? 2.5 : 7))];
        var request = new { id = $"r{number}", inputs = new[] { new { name = "input", datatype = "FP32", shape = new[] { 2, 4 }, data = rows } } };
        return JsonNode.Parse(await PostAsync(server, $"{version}infer", JsonSerializer.Serialize(request)))!;
    }

    private static async Task<JsonNode> ReportAsync(Uri server) => JsonNode.Parse(await Http.GetStringAsync(new Uri(server, "v2/models/a/versions/1/quality")))!;

    private static async Task<JsonNode> StatusAsync(Uri server) => JsonNode.Parse(await Http.GetStringAsync(new Uri(server, "v2/models/a/rollout")))!;

    /// <summary>Waits until the model is judged again, wherever it was.</summary>
    private static async Task AnswersAsync(List<Uri> gateways)
    {
        for (var until = DateTime.UtcNow + Patience; DateTime.UtcNow < until; await Task.Delay(100))
        {
            using var answer = await Http.GetAsync(new Uri(gateways[0], "v2/models/a/versions/1/quality"));
            if (answer.IsSuccessStatusCode) return;
        }
    }

    private static Task<string> PostAsync(Uri server, string path, string body) => SendAsync(HttpMethod.Post, server, path, body);

    private static async Task<string> SendAsync(HttpMethod method, Uri server, string path, string body)
    {
        using var request = new HttpRequestMessage(method, new Uri(server, $"v2/models/a/{path}"));
        request.Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return text;
    }

    private static (string Repository, IReadOnlyList<string> Models) MakeRepository(string repository)
    {
        foreach (var version in new[] { "1", "2" })
        {
            Directory.CreateDirectory(Path.Combine(repository, "a", version));
            File.Copy(Path.Combine(Checkout.Samples, "iris", version, "model.onnx"), Path.Combine(repository, "a", version, "model.onnx"));
        }

        File.WriteAllText(
            Path.Combine(repository, "a", "model.json"), """{"version_policy": {"all": {}}, "serving": {"quality": {"learn_from": 100, "window": 100}}}""");
        return (repository, ["a"]);
    }
}
