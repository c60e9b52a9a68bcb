using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Serving;

namespace Gateway.Tests.EndToEnd;

/// <summary>Traffic documents and rollouts over HTTP, on the two versions of iris.</summary>
public sealed class TrafficTests : IAsyncLifetime
{
    private const string Split = """{"variants":[{"version":"1","weight":50,"label":"stable"},{"version":"2","weight":50,"label":"canary"}],"sticky_by":"header:x-user-id"}""";

    private RunningServer server = null!;

    public async Task InitializeAsync() => server = await RunningServer.StartAsync(ControlMode.Poll, "iris");

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task Put_Document_DividesTrafficAndAnswersSayWhy()
    {
        var put = await SendAsync(HttpMethod.Put, "traffic", Split);
        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        Assert.Equal("\"1\"", put.Headers.ETag!.Tag);

        Assert.EndsWith("reason=label;epoch=1", await RouteAsync("/versions/canary"));
        Assert.Equal("version=1;variant=stable;reason=version;epoch=1", await RouteAsync("/versions/1"));
        var sticky = await RouteAsync(user: "u-17");
        Assert.Contains("reason=sticky", sticky);
        for (var i = 0; i < 5; i++) Assert.Equal(sticky, await RouteAsync(user: "u-17"));
        Assert.Contains("reason=weight", await RouteAsync());
    }

    [Fact]
    public async Task Put_Faults_AreAllNamedAndNothingIsApplied()
    {
        var refused = await SendAsync(HttpMethod.Put, "traffic", """{"variants":[{"version":"9","weight":-1}],"colour":"red"}""");

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        var error = (string)JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!;
        Assert.Contains("colour", error);
        Assert.Contains("weight", error);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Get, "traffic")).StatusCode);
    }

    [Fact]
    public async Task Put_StaleMatch_Is412()
    {
        await SendAsync(HttpMethod.Put, "traffic", Split);
        await SendAsync(HttpMethod.Put, "traffic", Split);

        Assert.Equal(HttpStatusCode.PreconditionFailed, (await SendAsync(HttpMethod.Put, "traffic", Split, match: "\"1\"")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Put, "traffic", Split, match: "\"2\"")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Delete, "traffic", match: "\"3\"")).StatusCode);
        Assert.Equal("version=2;reason=only;epoch=4", await RouteAsync());
    }

    [Fact]
    public async Task Rollout_GoodVersion_ReachesAllTraffic()
    {
        await SendAsync(HttpMethod.Put, "traffic", """{"variants":[{"version":"1","weight":100,"label":"stable"}]}""");
        var started = await SendAsync(HttpMethod.Post, "rollout",
            """{"to":"2","steps":[20,50,100],"step_seconds":1,"step_requests":50,"alpha":0.05,"guards":{"error_rate":{"max_increase":0.05}}}""");
        Assert.True(started.IsSuccessStatusCode, await started.Content.ReadAsStringAsync());

        JsonNode status;
        var patience = DateTime.UtcNow.AddMinutes(1);
        do
        {
            for (var i = 0; i < 40; i++) await RouteAsync();
            status = JsonNode.Parse(await (await SendAsync(HttpMethod.Get, "rollout")).Content.ReadAsStringAsync())!;
            Assert.True(DateTime.UtcNow < patience, status.ToJsonString());
        }
        while ((string)status["state"]! == "running");

        Assert.Equal("completed", (string)status["state"]!);
        Assert.StartsWith("version=2;variant=stable;reason=weight", await RouteAsync());
    }

    [Fact]
    public async Task Rollout_WhileOneRuns_TrafficIsTheRolloutsAndDeleteRollsBack()
    {
        await SendAsync(HttpMethod.Put, "traffic", """{"variants":[{"version":"1","weight":100,"label":"stable"}]}""");
        await SendAsync(HttpMethod.Post, "rollout", """{"to":"2","steps":[50,100],"step_seconds":3600,"step_requests":10,"guards":{"error_rate":{"max_increase":0.05}}}""");

        Assert.Equal(HttpStatusCode.Conflict, (await SendAsync(HttpMethod.Put, "traffic", Split)).StatusCode);
        var over = JsonNode.Parse(await (await SendAsync(HttpMethod.Delete, "rollout")).Content.ReadAsStringAsync())!;
        Assert.Equal("rolled_back", (string)over["state"]!);
        for (var i = 0; i < 20; i++) Assert.StartsWith("version=1", await RouteAsync());
    }

    [Fact]
    public async Task Arrival_WithRolloutInTheConfiguration_TakesTrafficOnlyByARollout()
    {
        var folder = Path.Combine(server.Repository, "diabetes");
        RunningServer.CopyFolder(Path.Combine(SampleModels.Repository, "diabetes", "1"), Path.Combine(folder, "1"));
        File.WriteAllText(Path.Combine(folder, "model.json"),
            """{"serving":{"rollout":{"steps":[50,100],"step_seconds":3600,"guards":{"error_rate":{"max_increase":0.05}}}}}""");
        await Eventually(async () => (await server.Client.GetAsync("/v2/models/diabetes/traffic")).IsSuccessStatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Get, "traffic")).StatusCode);

        RunningServer.CopyFolder(Path.Combine(folder, "1"), Path.Combine(folder, "2"));
        await Eventually(async () => (await server.Client.GetAsync("/v2/models/diabetes/rollout")).IsSuccessStatusCode);

        var rollout = JsonNode.Parse(await server.Client.GetStringAsync("/v2/models/diabetes/rollout"))!;
        Assert.Equal(("running", "1", "2"), ((string)rollout["state"]!, (string)rollout["from"]!, (string)rollout["to"]!));
    }

    private static async Task Eventually(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await condition()) await ticks.WaitForNextTickAsync(patience.Token);
    }

    [Fact]
    public async Task Shadow_GetsCopiesAndIsCompared()
    {
        await SendAsync(HttpMethod.Put, "traffic", """{"variants":[{"version":"1","weight":100}],"shadows":[{"version":"2","percent":100}]}""");
        JsonNode shadow;
        var patience = DateTime.UtcNow.AddMinutes(1);
        do
        {
            await RouteAsync();
            shadow = JsonNode.Parse(await (await SendAsync(HttpMethod.Get, "traffic/shadows")).Content.ReadAsStringAsync())!["shadows"]![0]!;
            Assert.True(DateTime.UtcNow < patience, shadow.ToJsonString());
        }
        while ((long)shadow["compared"]! < 5);

        Assert.Equal("2", (string)shadow["version"]!);
        Assert.Equal((long)shadow["compared"]!, (long)shadow["agreed"]!);
        Assert.InRange((double)shadow["outputs"]![1]!["max_abs_difference"]!, 0.001, 0.2);
    }

    private async Task<string> RouteAsync(string path = "", string? user = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/v2/models/iris{path}/infer")
        {
            Content = new ByteArrayContent(File.ReadAllBytes(Path.Combine(SampleModels.Repository, "iris", "example.json"))),
        };
        if (user is not null) request.Headers.Add("x-user-id", user);
        var answer = await server.Client.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return answer.Headers.GetValues("x-serving-route").Single();
    }

    private Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body = null, string? match = null)
    {
        var request = new HttpRequestMessage(method, $"/v2/models/iris/{path}");
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (match is not null) request.Headers.Add("If-Match", match);
        return server.Client.SendAsync(request);
    }
}
