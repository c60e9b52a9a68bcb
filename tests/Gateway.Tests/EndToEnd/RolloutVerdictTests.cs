using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Serving;

namespace Gateway.Tests.EndToEnd;

/// <summary>The server decides a rollout by itself, under load, on what callers really get.</summary>
public sealed class RolloutVerdictTests : IAsyncLifetime
{
    private RunningServer server = null!;

    public async Task InitializeAsync()
    {
        server = await RunningServer.StartAsync(ControlMode.Poll);
        RunningServer.CopyFolder(Path.Combine(SampleModels.Tests, "guarded", "1"), Path.Combine(server.Repository, "guarded", "1"));
        await EventuallyAsync("/v2/models/guarded/versions/1/ready");
        await server.Client.PutAsync("/v2/models/guarded/traffic", Json("""{"variants":[{"version":"1","weight":100,"label":"stable"}]}"""));
    }

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task Rollout_VersionFailsFivePercent_IsRolledBackWithTheEvidence()
    {
        var status = await RollOutAsync(from: "2");

        Assert.Equal("rolled_back", (string)status["state"]!);
        var decision = status["log"]!.AsArray().Last()!;
        Assert.Contains("error_rate", decision.ToJsonString());
        Assert.True((long)status["canary"]!["errors"]! > 0, status["canary"]!.ToJsonString());
        Assert.Equal(0, (long)status["stable"]!["errors"]!);
        Assert.StartsWith("version=1", await RouteAsync(0.5));
    }

    [Fact]
    public async Task Rollout_GoodVersion_TakesAllTraffic()
    {
        var status = await RollOutAsync(from: "1");

        Assert.Equal("completed", (string)status["state"]!);
        Assert.StartsWith("version=2", await RouteAsync(0.99));
    }

    /// <summary>Rolls version 2 out, whose file is that of one of the two test versions, under the load of eight callers.</summary>
    private async Task<JsonNode> RollOutAsync(string from)
    {
        RunningServer.CopyFolder(Path.Combine(SampleModels.Tests, "guarded", from), Path.Combine(server.Repository, "guarded", "2"));
        await LoadedAsync("2");
        var begun = await server.Client.PostAsync("/v2/models/guarded/rollout", Json(
            """{"to":"2","steps":[20,50,100],"step_seconds":1,"step_requests":3000,"alpha":0.01,"guards":{"error_rate":{"max_increase":0.01}}}"""));
        Assert.True(begun.IsSuccessStatusCode, await begun.Content.ReadAsStringAsync());

        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var over = new TaskCompletionSource();
        var callers = Enumerable.Range(0, 8).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            while (!over.Task.IsCompleted) await InferAsync(random.NextDouble());
        })).ToArray();
        JsonNode status;
        do
        {
            await InferAsync(0.5);
            status = JsonNode.Parse(await server.Client.GetStringAsync("/v2/models/guarded/rollout", patience.Token))!;
        }
        while ((string)status["state"]! == "running");

        over.SetResult();
        await Task.WhenAll(callers);
        return status;
    }

    /// <summary>The policy names the newest version only, so a version that was not there before is loaded beside the pinned one.</summary>
    private Task LoadedAsync(string version) => EventuallyAsync($"/v2/models/guarded/versions/{version}/ready");

    private async Task EventuallyAsync(string path)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while ((await server.Client.GetAsync(path)).StatusCode != HttpStatusCode.OK) await ticks.WaitForNextTickAsync(patience.Token);
    }

    private Task<HttpResponseMessage> InferAsync(double value) => server.Client.PostAsync("/v2/models/guarded/infer", Json(
        $$"""{"inputs":[{"name":"x","datatype":"FP32","shape":[1,1],"data":[{{value:F6}}]}]}"""));

    private async Task<string> RouteAsync(double value)
    {
        var answer = await InferAsync(value);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return answer.Headers.GetValues("x-serving-route").Single();
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");
}
