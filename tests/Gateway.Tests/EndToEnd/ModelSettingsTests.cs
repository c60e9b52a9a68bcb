using System.Text.Json.Nodes;
using Serving;

namespace Gateway.Tests.EndToEnd;

/// <summary>What a model's configuration asks of the engine, seen from outside.</summary>
public sealed class ModelSettingsTests : IAsyncLifetime
{
    private readonly string repository = Directory.CreateTempSubdirectory("serving-test-").FullName;
    private RunningServer server = null!;

    public async Task InitializeAsync()
    {
        var folder = Path.Combine(repository, "digits");
        RunningServer.CopyFolder(Path.Combine(SampleModels.Repository, "digits", "1"), Path.Combine(folder, "1"));
        await File.WriteAllTextAsync(Path.Combine(folder, "model.json"),
            """{"response_cache": {"enable": true}, "serving": {"tuning": {"latency_ms": 20}}}""");
        server = await RunningServer.StartOnAsync(repository, ControlMode.None, null);
    }

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task Tuning_Asked_IsWrittenIntoTheConfiguration()
    {
        var config = JsonNode.Parse(await server.Client.GetStringAsync("/v2/models/digits/config"))!;

        Assert.Contains("'serving.tuning' found", config["serving"]!["warnings"]!.ToJsonString().Replace("\\u0027", "'"));
        Assert.InRange(
            (int)config["instance_group"]![0]!["count"]! * int.Parse((string)config["parameters"]!["intra_op_thread_count"]!["string_value"]!), 1, Environment.ProcessorCount);
    }

    [Fact]
    public async Task Cache_SameRequestTwice_RunsOnce()
    {
        var example = await File.ReadAllBytesAsync(Path.Combine(SampleModels.Repository, "digits", "example.json"));
        var answers = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            var answer = await server.Client.PostAsync("/v2/models/digits/infer", new ByteArrayContent(example));
            answers.Add(await answer.Content.ReadAsStringAsync());
        }

        var stats = JsonNode.Parse(await server.Client.GetStringAsync("/v2/models/digits/stats"))!["model_stats"]![0]!;

        Assert.Single(answers.Distinct());
        Assert.Equal((1, 3, 2, 1), ((int)stats["execution_count"]!, (int)stats["inference_stats"]!["success"]!["count"]!,
            (int)stats["inference_stats"]!["cache_hit"]!["count"]!, (int)stats["inference_stats"]!["cache_miss"]!["count"]!));
    }
}
