using Gateway.Tests.Http;
using Gateway.Tracing;
using Microsoft.Extensions.Logging;
using Serving;
using Serving.Inference;

namespace Gateway.Tests.Tracing;

public sealed class TraceFileTests : IDisposable
{
    private readonly string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.jsonl");
    private readonly RecordedLog log = new();

    private static RequestTrace Good => new(
        "m", "2", "id-1", 1_000_000, 4_000_000, new RequestTiming(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1.5)), null);

    public void Dispose() => File.Delete(path);

    [Fact]
    public async Task Add_Traces_AreLinesOfTimes()
    {
        await using (var file = Open())
        {
            file.Add(Good);
            file.Add(Good with { Version = null, Error = ErrorCode.Overloaded });
        }

        Assert.Equal(
            [
                """{"id":1,"model_name":"m","model_version":"2","request_id":"id-1","timestamps":[{"name":"REQUEST_START","ns":1000000},{"name":"QUEUE_START","ns":1000000},{"name":"COMPUTE_START","ns":2000000},{"name":"COMPUTE_END","ns":3500000},{"name":"REQUEST_END","ns":4000000}]}""",
                """{"id":2,"model_name":"m","request_id":"id-1","error":"overloaded","timestamps":[{"name":"REQUEST_START","ns":1000000},{"name":"REQUEST_END","ns":4000000}]}""",
            ],
            await File.ReadAllLinesAsync(path));
    }

    [Fact]
    public async Task Add_FullFile_StopsAndSaysSo()
    {
        await using (var file = Open(mostBytes: 600))
        {
            for (var i = 0; i < 10; i++) file.Add(Good);
        }

        Assert.InRange(new FileInfo(path).Length, 1, 600);
        Assert.Contains("no more traces are written", Assert.Single(log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Add_NoSuchFolder_SaysSoOnce()
    {
        await using (var file = new TraceFile(Path.Combine(path, "x"), 600, Logger()))
        {
            file.Add(Good);
            file.Add(Good);
        }

        Assert.Contains("cannot be written", Assert.Single(log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_TracedOverEitherProtocol_IsWritten()
    {
        await using (var gateway = await RunningGateway.StartAsync(("TraceFile", path)))
        {
            using var change = await gateway.Client.PostAsync(
                "/v2/models/double/trace/setting", new StringContent("""{"trace_level":["TIMESTAMPS"],"trace_rate":"1"}""", null, "application/json"));
            Assert.True(change.IsSuccessStatusCode);
            using var infer = await gateway.Client.PostAsync(
                "/v2/models/double/infer", new StringContent(InferRequests.Json, null, "application/json"));
            using var predict = await gateway.Client.PostAsync("/v1/models/double:predict", new StringContent("""{"instances":[[1,2]]}"""));
        }

        var lines = await File.ReadAllLinesAsync(path);
        Assert.Equal(2, lines.Length);
        Assert.All(lines, line => Assert.Contains("\"name\":\"COMPUTE_END\"", line, StringComparison.Ordinal));
    }

    private TraceFile Open(long mostBytes = TraceFile.MostBytes) => new(path, mostBytes, Logger());

    private ILogger<TraceFile> Logger() => LoggerFactory.Create(logging => logging.AddProvider(log)).CreateLogger<TraceFile>();
}
