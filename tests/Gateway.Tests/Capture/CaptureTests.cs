using System.Text;
using System.Text.Json;
using Gateway.Tests.Http;
using Serving;

namespace Gateway.Tests.Capture;

public sealed class CaptureTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("capture-test-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public async Task Requests_OfACapturedModel_AreKeptWithTheirTensors()
    {
        await using (var gateway = await StartAsync(("Captures:0", "double=1")))
        {
            await PostAsync(gateway, InferRequests.Json);
            await PostAsync(gateway, InferRequests.Json, "stats");
            gateway.Engine.Infer = (_, _) => new(new ServingError(ErrorCode.Overloaded, "full"));
            await PostAsync(gateway, InferRequests.Json);
        }

        var lines = File.ReadAllLines(Path.Combine(directory, "double.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(2, lines.Count);
        Assert.Equal("[1.5,-2]", lines[0].GetProperty("inputs")[0].GetProperty("data").GetRawText().Replace(".0", ""));
        Assert.Equal("[3,-4]", lines[0].GetProperty("outputs")[0].GetProperty("data").GetRawText().Replace(".0", ""));
        Assert.Equal(("2", "version=2;variant=canary;reason=sticky;epoch=7"), (lines[0].GetProperty("version").GetString(), lines[0].GetProperty("route").GetString()));
        Assert.Equal("overloaded", lines[1].GetProperty("error").GetString());
        Assert.Equal(["double.jsonl"], Directory.EnumerateFiles(directory).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Files_Full_RotateAndTheOldestGoes()
    {
        await using (var gateway = await StartAsync(("Captures:0", "double=1"), ("CaptureFileBytes", "1024"), ("CaptureFiles", "3")))
        {
            for (var i = 0; i < 60; i++) await PostAsync(gateway, InferRequests.Json);
        }

        var files = Directory.GetFiles(directory).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(["double.1.jsonl", "double.2.jsonl", "double.jsonl"], files.Select(Path.GetFileName));
        Assert.All(files, file => Assert.InRange(new FileInfo(file).Length, 1, 1024));
    }

    [Fact]
    public async Task Requests_ThatJsonCannotCarry_AreKeptWithoutTensors()
    {
        await using (var gateway = await StartAsync(("Captures:0", "double=1")))
        {
            using var client = new Gateway.Tests.Grpc.GrpcClient(gateway.GrpcAddress);
            await client.CallAsync("ModelInfer", Gateway.Tests.Grpc.Infers.Raw(float.NaN, 2));
        }

        Assert.Contains("\"inputs\":\"not finite\"", File.ReadAllText(Path.Combine(directory, "double.jsonl")));
    }

    private Task<RunningGateway> StartAsync(params (string Key, string Value)[] settings) =>
        RunningGateway.StartAsync([("CaptureDir", directory), .. settings]);

    private static async Task PostAsync(RunningGateway gateway, string body, string model = "double") =>
        await gateway.Client.PostAsync($"/v2/models/{model}/infer", new StringContent(body, Encoding.UTF8, "application/json"));
}
