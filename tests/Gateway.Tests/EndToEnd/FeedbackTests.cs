using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Serving;

namespace Gateway.Tests.EndToEnd;

/// <summary>Truths by request id, and what is said of quality, over HTTP.</summary>
public sealed class FeedbackTests : IAsyncLifetime
{
    private readonly string data = Directory.CreateTempSubdirectory("serving-data-").FullName;
    private RunningServer server = null!;

    public async Task InitializeAsync() => server = await StartAsync(data);

    public async Task DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task Feedback_LateEarlyTwiceAndUnknown_IsJoinedByRequestId()
    {
        var early = await PostAsync("iris", """[{"id":"b","label":"virginica"}]""");
        Assert.Equal("""{"joined":0,"replaced":0,"waiting":1,"stale":0,"refused":0}""", early);
        var answered = await InferAsync("a", 3);
        await InferAsync("b", 1);
        var receipt = await PostAsync(
            "iris",
            $$"""
            [{"id":"a","label":"{{answered[0]}}","at":"2026-11-01T10:00:00Z"},{"id":"a","index":1,"label":"none of them"},
             {"id":"a","label":"other","at":"2026-11-01T09:00:00Z"},{"id":"a","index":1,"label":"{{answered[1]}}","at":"2100-01-01T00:00:00Z"},
             {"id":"nobody","label":"setosa"}]
            """);
        Assert.Equal("""{"joined":2,"replaced":1,"waiting":1,"stale":1,"refused":0}""", receipt);

        var quality = JsonNode.Parse(await server.Client.GetStringAsync("/v2/models/iris/versions/2/quality"))!;
        Assert.Equal("classification", (string)quality["task"]!);
        Assert.Equal((3, 4, 3, 1), ((int)quality["since_load"]!["count"]!, (int)quality["feedback"]!["answered"]!, (int)quality["feedback"]!["joined"]!, (int)quality["feedback"]!["waiting"]!));
        Assert.Equal(0.75, (double)quality["feedback"]!["coverage"]!);
        Assert.Equal(3, quality["window"]!["confusion"]!["counts"]!.AsArray().Sum(row => row!.AsArray().Sum(count => (int)count!)));
    }

    [Fact]
    public async Task Feedback_Regression_HasItsErrorsAndRefusesWords()
    {
        var example = File.ReadAllText(Path.Combine(SampleModels.Repository, "diabetes", "example.json"));
        var request = JsonNode.Parse(example)!;
        request["id"] = "d";
        await PostJsonAsync("/v2/models/diabetes/infer", request.ToJsonString());

        Assert.Equal("""{"joined":1,"replaced":0,"waiting":0,"stale":0,"refused":1}""", await PostAsync("diabetes", """[{"id":"d","label":100.5},{"id":"d","index":1,"label":"many"}]"""));
        var quality = JsonNode.Parse(await server.Client.GetStringAsync("/v2/models/diabetes/versions/1/quality"))!;
        Assert.Equal(Math.Abs(91.315688 - 100.5), (double)quality["window"]!["mae"]!, 1e-3);
        Assert.Null(quality["window"]!["accuracy"]);
    }

    [Fact]
    public async Task Feedback_Faulty_NamesEveryFaultAndCountsNothing()
    {
        await InferAsync("a", 1);
        var answer = await server.Client.PostAsync("/v2/models/iris/feedback", Json("""[{"id":"a","label":"setosa"},{"label":{}},{"id":"a","label":"x","at":"noon","score":1}]"""));
        var text = await answer.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        foreach (var fault in new[] { "[1].id is required", "[1].label must be", "[2].at must be", "[2].score is not a field" }) Assert.Contains(fault, text);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Client.PostAsync("/v2/models/iris/feedback", Json("[]"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.PostAsync("/v2/models/nope/feedback", Json("""[{"id":"a","label":"x"}]"""))).StatusCode);
        Assert.Equal(0, (int)JsonNode.Parse(await server.Client.GetStringAsync("/v2/models/iris/versions/2/quality"))!["feedback"]!["joined"]!);
    }

    [Fact]
    public async Task Restart_BetweenAnswerAndTruth_JoinsThem()
    {
        var answered = await InferAsync("a", 2);
        await PostAsync("iris", $$"""[{"id":"a","label":"{{answered[0]}}"}]""");
        await server.DisposeAsync();
        server = await StartAsync(data);

        Assert.Equal("""{"joined":1,"replaced":0,"waiting":0,"stale":1,"refused":0}""", await PostAsync("iris", $$"""[{"id":"a","label":"{{answered[0]}}"},{"id":"a","index":1,"label":"x"}]"""));
        var quality = JsonNode.Parse(await server.Client.GetStringAsync("/v2/models/iris/versions/2/quality"))!;
        Assert.Equal((2, 0.5), ((int)quality["window"]!["count"]!, (double)quality["window"]!["accuracy"]!));
        Assert.Equal(1, (int)quality["since_load"]!["count"]!);
    }

    private static Task<RunningServer> StartAsync(string data)
    {
        var repository = Directory.CreateTempSubdirectory("serving-test-").FullName;
        foreach (var model in new[] { "iris", "diabetes" })
            RunningServer.CopyFolder(Path.Combine(SampleModels.Repository, model), Path.Combine(repository, model));
        return RunningServer.StartOnAsync(repository, ControlMode.Poll, data);
    }

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    /// <summary>The labels that were answered.</summary>
    private async Task<string[]> InferAsync(string id, int rows)
    {
        var request = JsonNode.Parse(new IrisRows().Request(rows))!;
        request["id"] = id;
        var answer = JsonNode.Parse(await PostJsonAsync("/v2/models/iris/infer", request.ToJsonString()))!;
        return [.. answer["outputs"]![0]!["data"]!.AsArray().Select(label => (string)label!)];
    }

    private Task<string> PostAsync(string model, string truths) => PostJsonAsync($"/v2/models/{model}/feedback", truths);

    private async Task<string> PostJsonAsync(string path, string body)
    {
        var answer = await server.Client.PostAsync(path, Json(body));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return text;
    }
}
