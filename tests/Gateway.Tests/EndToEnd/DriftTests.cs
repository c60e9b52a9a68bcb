using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Serving;

namespace Gateway.Tests.EndToEnd;

/// <summary>Baselines and drift over HTTP, on iris with the baseline that lies beside it.</summary>
public sealed class DriftTests : IAsyncLifetime
{
    private const string Watched = """{"version_policy":{"all":{}},"serving":{"drift":{"window":{"count":500}}}}""";

    private readonly string data = Directory.CreateTempSubdirectory("serving-data-").FullName;
    private readonly IrisRows rows = new();
    private RunningServer server = null!;

    public async Task InitializeAsync()
    {
        server = await RunningServer.StartOnAsync(Repository(Watched), ControlMode.Poll, data);
        await Eventually(async () => (await SendAsync(HttpMethod.Get, "baseline")).IsSuccessStatusCode);
    }

    public async Task DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task Drift_RowsLikeTheBaseline_RaiseNothing()
    {
        await InferAsync(requests: 40, permuted: -1);

        var drift = await JsonAsync("drift");
        Assert.Equal(105, (int)drift["baseline"]!["count"]!);
        Assert.Equal([500, 500, 500, 500], drift["windows"]!.AsArray().Select(window => (int)window!["count"]!));
        Assert.All(drift["windows"]!.AsArray(), window => Assert.Equal(0.0, (double)window!["drifted_share"]!));
        Assert.Empty(drift["alerts"]!.AsArray());
        Assert.Equal(0, (int)drift["dropped"]!);
        Assert.Empty((await JsonAsync("drift/events"))["events"]!.AsArray());
    }

    [Fact]
    public async Task Drift_OneColumnPermuted_IsNamedFirstWithin500Rows()
    {
        await InferAsync(requests: 10, permuted: -1);
        await InferAsync(requests: 10, permuted: 3);

        var events = (await JsonAsync("drift/events"))["events"]!.AsArray();
        Assert.NotEmpty(events);
        Assert.All(events, alert => Assert.Equal("petal_width", (string)alert!["feature"]!));
        var newest = (await JsonAsync("drift"))["windows"]![0]!;
        Assert.Equal(0.25, (double)newest["drifted_share"]!);
        Assert.Equal("drifted", (string)newest["features"]![3]!["state"]!);
        var all = JsonNode.Parse(await server.Client.GetStringAsync("/v2/drift"))!["models"]!.AsArray();
        Assert.Equal(["1", "2"], all.Select(model => (string)model!["version"]!));
        Assert.NotEmpty(all[0]!["alerts"]!.AsArray());
        Assert.Empty(all[1]!["alerts"]!.AsArray());
    }

    [Fact]
    public async Task Drift_AskedForAsAPage_DrawsEveryFeature()
    {
        await InferAsync(requests: 10, permuted: 3);

        var request = new HttpRequestMessage(HttpMethod.Get, "/v2/models/iris/versions/1/drift");
        request.Headers.Add("Accept", "text/html,application/xhtml+xml");
        var answer = await server.Client.SendAsync(request);
        var page = await answer.Content.ReadAsStringAsync();

        Assert.Equal("text/html", answer.Content.Headers.ContentType!.MediaType);
        Assert.DoesNotContain("<script", page);
        Assert.DoesNotContain("http", page);
        Assert.Equal(4, page.Split("<polyline class=\"score\"").Length - 1);
        Assert.Contains("class=\"alert\"", page);
        Assert.True(page.IndexOf(">petal_width ", StringComparison.Ordinal) < page.IndexOf(">sepal_length ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Crash_AfterAnAlert_KeepsItTheUploadedBaselineAndTheWindows()
    {
        var put = await SendAsync(HttpMethod.Put, "baseline", File.ReadAllText(Path.Combine(SampleModels.Repository, "iris", "baseline.csv")), "text/csv");
        Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync());
        await SendAsync(HttpMethod.Delete, "baseline", version: "2");
        await InferAsync(requests: 10, permuted: 3);
        var before = await JsonAsync("drift");
        Assert.NotEmpty(before["alerts"]!.AsArray());

        // What a killed process leaves: the files as they are on the disk, of a server that was told nothing.
        var left = Directory.CreateTempSubdirectory("serving-data-").FullName;
        RunningServer.CopyFolder(data, left);
        await using (var second = await RunningServer.StartOnAsync(Repository(Watched), ControlMode.Poll, left))
        {
            var after = JsonNode.Parse(await second.Client.GetStringAsync("/v2/models/iris/versions/1/drift"))!;
            Assert.Equal(before["alerts"]!.ToJsonString(), after["alerts"]!.ToJsonString());
            Assert.Equal(before["baseline"]!.ToJsonString(), after["baseline"]!.ToJsonString());
            Assert.Equal(HttpStatusCode.NotFound, (await second.Client.GetAsync("/v2/models/iris/versions/2/baseline")).StatusCode);
        }

        Directory.Delete(left, recursive: true);
    }

    [Fact]
    public async Task PutBaseline_ThatDoesNotFit_IsRefusedByColumn()
    {
        var unknown = await SendAsync(HttpMethod.Put, "baseline", """{"columns":{"input[0]":[1,2],"colour":["red","blue"]}}""");
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
        Assert.Contains("'colour' is not a feature", await unknown.Content.ReadAsStringAsync());

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await SendAsync(HttpMethod.Put, "baseline", "x", "text/xml")).StatusCode);
        Assert.Equal(105, (int)(await JsonAsync("drift"))["baseline"]!["count"]!);
    }

    [Fact]
    public async Task PutBaseline_RowsInTimeOrder_KnowsHowMuchTheyDependOnTheirPast()
    {
        var walk = new StringBuilder("a,b,c,d\n");
        for (var i = 0; i < 2000; i++) walk.Append(System.Globalization.CultureInfo.InvariantCulture, $"{i / 20},{i % 7},{i % 11},{i % 13}\n");
        Assert.True((await SendAsync(HttpMethod.Put, "baseline", walk.ToString(), "text/csv; time_ordered=true")).IsSuccessStatusCode);
        Assert.True((double)(await JsonAsync("baseline"))["features"]![0]!["dispersion"]!["shape"]! > 3);

        Assert.True((await SendAsync(HttpMethod.Put, "baseline", walk.ToString(), "text/csv")).IsSuccessStatusCode);
        Assert.Null((await JsonAsync("baseline"))["features"]![0]!["dispersion"]);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(HttpMethod.Put, "baseline", walk.ToString(), "text/csv; time_ordered=yes")).StatusCode);
    }

    [Fact]
    public async Task PutBaseline_Learn_TakesItFromTrafficWithOutputs()
    {
        var put = await SendAsync(HttpMethod.Put, "baseline", """{"learn":{"requests":1000}}""");
        Assert.Equal("""{"learning":{"requests":1000,"seen":0}}""", await put.Content.ReadAsStringAsync());
        await InferAsync(requests: 10, permuted: -1);
        Assert.Equal(500, (int)(await JsonAsync("baseline"))["learn"]!["seen"]!);
        await InferAsync(requests: 10, permuted: -1);

        var baseline = await JsonAsync("baseline");
        Assert.Equal(1000, (int)baseline["count"]!);
        Assert.Equal(
            ["input[0]", "input[1]", "input[2]", "input[3]", "label", "scores[0]", "scores[1]", "scores[2]", "scores.argmax"],
            baseline["features"]!.AsArray().Select(feature => (string)feature!["name"]!));

        // The class is drawn from three that the baseline knows, by either name.
        Assert.Equal(["setosa", "versicolor", "virginica"], baseline["features"]![4]!["categories"]!.AsArray().Select(c => (string)c!).Order());
    }

    [Fact]
    public async Task Load_UnknownDriftField_RefusesTheModelAndNamesIt()
    {
        var repository = Repository("""{"serving":{"drift":{"window":{"count":500},"threshold":0.2}}}""");
        await using var faulty = await RunningServer.StartOnAsync(repository, ControlMode.Poll, null);

        var index = await (await faulty.Client.PostAsync("/v2/repository/index", null)).Content.ReadAsStringAsync();
        Assert.Contains("serving.drift.threshold is not a field here", index);
    }

    private static string Repository(string config)
    {
        var repository = Directory.CreateTempSubdirectory("serving-test-").FullName;
        RunningServer.CopyFolder(Path.Combine(SampleModels.Repository, "iris"), Path.Combine(repository, "iris"));
        File.WriteAllText(Path.Combine(repository, "iris", "model.json"), config);
        return repository;
    }

    private static async Task Eventually(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await condition()) await ticks.WaitForNextTickAsync(patience.Token);
    }

    /// <summary>Requests of 50 rows each.</summary>
    private async Task InferAsync(int requests, int permuted)
    {
        for (var i = 0; i < requests; i++)
        {
            var answer = await server.Client.PostAsync("/v2/models/iris/versions/1/infer", new StringContent(rows.Request(50, permuted), Encoding.UTF8, "application/json"));
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        }
    }

    private async Task<JsonNode> JsonAsync(string path) => JsonNode.Parse(await server.Client.GetStringAsync($"/v2/models/iris/versions/1/{path}"))!;

    private Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body = null, string type = "application/json", string version = "1")
    {
        var request = new HttpRequestMessage(method, $"/v2/models/iris/versions/{version}/{path}");
        if (body is not null) request.Content = new StringContent(body, MediaTypeHeaderValue.Parse(type));
        return server.Client.SendAsync(request);
    }
}
