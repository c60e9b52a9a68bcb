using System.Text;
using System.Text.Json.Nodes;
using Serving;

namespace Gateway.Tests.EndToEnd;

/// <summary>Rollouts of iris that are decided by feedback and by drift alerts.</summary>
public sealed class GuardedRolloutTests : IAsyncLifetime
{
    private readonly IrisRows rows = new();
    private RunningServer server = null!;
    private int requests;

    public async Task InitializeAsync()
    {
        var repository = Directory.CreateTempSubdirectory("serving-test-").FullName;
        RunningServer.CopyFolder(Path.Combine(SampleModels.Repository, "iris"), Path.Combine(repository, "iris"));
        File.WriteAllText(
            Path.Combine(repository, "iris", "model.json"),
            """{"version_policy":{"all":{}},"serving":{"drift":{"window":{"count":500}}}}""");
        server = await RunningServer.StartOnAsync(repository, ControlMode.Poll, null);
        await SendAsync(HttpMethod.Put, "traffic", """{"variants":[{"version":"1","weight":100,"label":"stable"}]}""");
    }

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task Quality_NewVersionFoundWrong_IsRolledBackByItsTruths()
    {
        var status = await RollOutAsync("""{"quality":{"max_decrease":0.02}}""", rows: 1, permuted: -1, truth: (version, answer) => version == "2" ? "none" : answer);

        Assert.Equal("rolled_back", (string)status["state"]!);
        var decision = status["log"]!.AsArray().Last()!;
        Assert.StartsWith("quality: the evidence of harm is", (string)decision["reason"]!);
        Assert.Equal(0, (double)status["canary"]!["accuracy"]!);
        Assert.Equal(1, (double)status["stable"]!["accuracy"]!);
    }

    [Fact]
    public async Task Quality_NewVersionAsGood_TakesAllTraffic()
    {
        var status = await RollOutAsync("""{"quality":{"max_decrease":0.02}}""", rows: 1, permuted: -1, truth: (_, answer) => answer);

        Assert.Equal("completed", (string)status["state"]!);
        Assert.True((int)status["canary"]!["truths"]! >= 30, status.ToJsonString());
    }

    [Fact]
    public async Task Drift_NewVersionsBaselineIsOfOtherData_IsRolledBackByItsAlert()
    {
        var values = string.Join(',', Enumerable.Range(0, 500).Select(i => 8 + (i % 40)));
        await SendAsync(HttpMethod.Put, "versions/2/baseline", "{\"columns\":{\"input[1]\":[" + values + "]}}");
        var status = await RollOutAsync("""{"drift":true}""", rows: 50, permuted: -1, truth: null);

        Assert.Equal("rolled_back", (string)status["state"]!);
        Assert.StartsWith("drift: the new version alone has an alert: 'input[1]'", (string)status["log"]!.AsArray().Last()!["reason"]!);
    }

    [Fact]
    public async Task Drift_TrafficOfBothVersionsDrifts_IsNotHeldAgainstTheNewOne()
    {
        var status = await RollOutAsync("""{"drift":true}""", rows: 50, permuted: 3, truth: null);

        Assert.Equal("completed", (string)status["state"]!);
        Assert.Contains("petal_width", await server.Client.GetStringAsync("/v2/models/iris/versions/2/drift/events"));
    }

    /// <summary>Rolls version 2 out at the half of the traffic until it is decided.</summary>
    /// <param name="guards">What watches.</param>
    /// <param name="rows">Rows of a request.</param>
    /// <param name="permuted">A column that brings another's values; -1 for none.</param>
    /// <param name="truth">What feedback says was right, by version and answer; null for no feedback.</param>
    private async Task<JsonNode> RollOutAsync(string guards, int rows, int permuted, Func<string, string, string>? truth)
    {
        await EventuallyAsync("versions/2/baseline");
        await SendAsync(HttpMethod.Post, "rollout", $$"""{"to":"2","steps":[50,100],"step_seconds":1,"step_requests":40,"alpha":0.01,"guards":{{guards}}}""");
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            var status = JsonNode.Parse(await server.Client.GetStringAsync("/v2/models/iris/rollout", patience.Token))!;
            if ((string)status["state"]! != "running") return status;
            await InferAsync(rows, permuted, truth);
        }
    }

    private async Task InferAsync(int count, int permuted, Func<string, string, string>? truth)
    {
        var request = JsonNode.Parse(rows.Request(count, permuted))!;
        var id = $"request-{requests++}";
        request["id"] = id;
        var answer = JsonNode.Parse(await SendAsync(HttpMethod.Post, "infer", request.ToJsonString()))!;
        if (truth is null) return;
        var label = truth((string)answer["model_version"]!, (string)answer["outputs"]![0]!["data"]![0]!);
        await SendAsync(HttpMethod.Post, "feedback", $$"""[{"id":"{{id}}","label":"{{label}}"}]""");
    }

    private async Task EventuallyAsync(string path)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!(await server.Client.GetAsync($"/v2/models/iris/{path}")).IsSuccessStatusCode) await ticks.WaitForNextTickAsync(patience.Token);
    }

    private async Task<string> SendAsync(HttpMethod method, string path, string body)
    {
        var answer = await server.Client.SendAsync(
            new HttpRequestMessage(method, $"/v2/models/iris/{path}") { Content = new StringContent(body, Encoding.UTF8, "application/json") });
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return text;
    }
}
