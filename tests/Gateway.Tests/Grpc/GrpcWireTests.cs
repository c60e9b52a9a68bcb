using System.Globalization;
using System.Text;
using Gateway.Grpc.Messages;
using Gateway.Tests.Http;
using Google.Protobuf;
using LogValue = Gateway.Grpc.Messages.LogSettingsRequest.Types.SettingValue;
using TraceValue = Gateway.Grpc.Messages.TraceSettingRequest.Types.SettingValue;

namespace Gateway.Tests.Grpc;

/// <summary>What every procedure puts on the wire, byte for byte, in <c>Golden/</c>.</summary>
public sealed class GrpcWireTests
{
    private const string Health = "/grpc.health.v1.Health/";

    /// <summary>Bytes that are no message of any kind.</summary>
    private static readonly byte[] Broken = [0xFF];

    private static readonly (string Name, string Method, byte[] Message, MessageParser? Answer)[] Cases =
    [
        Case("server-live", "ServerLive", new ServerLiveRequest(), ServerLiveResponse.Parser),
        ("server-live-broken", "ServerLive", Broken, null),
        Case("server-ready", "ServerReady", new ServerReadyRequest(), ServerReadyResponse.Parser),
        ("server-ready-broken", "ServerReady", Broken, null),
        Case("server-metadata", "ServerMetadata", new ServerMetadataRequest(), ServerMetadataResponse.Parser),
        ("server-metadata-broken", "ServerMetadata", Broken, null),
        Case("model-ready", "ModelReady", new ModelReadyRequest { Name = "double", Version = "canary" }, ModelReadyResponse.Parser),
        Case("model-ready-unknown", "ModelReady", new ModelReadyRequest { Name = "double", Version = "9" }),
        Case("model-metadata", "ModelMetadata", new ModelMetadataRequest { Name = "double" }, ModelMetadataResponse.Parser),
        Case("model-metadata-cold", "ModelMetadata", new ModelMetadataRequest { Name = "cold" }),
        Case("model-config", "ModelConfig", new ModelConfigRequest { Name = "double" }, ModelConfigResponse.Parser),
        Case("model-config-unknown", "ModelConfig", new ModelConfigRequest { Name = "nope" }),
        Case("model-statistics", "ModelStatistics", new ModelStatisticsRequest(), ModelStatisticsResponse.Parser),
        Case("model-statistics-unknown", "ModelStatistics", new ModelStatisticsRequest { Name = "nope" }),
        Case("infer", "ModelInfer", Infers.WithId("a b", 1.5f, -2), ModelInferResponse.Parser),
        Case("infer-unknown", "ModelInfer", new ModelInferRequest { ModelName = "nope" }),
        Case("infer-no-type", "ModelInfer", new ModelInferRequest { ModelName = "double", Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "x" } } }),
        Case("stream", "ModelStreamInfer", Infers.WithId("a", 1.5f, -2), ModelStreamInferResponse.Parser),
        Case("stream-unknown", "ModelStreamInfer", new ModelInferRequest { ModelName = "nope", Id = "a" }, ModelStreamInferResponse.Parser),
        ("stream-broken", "ModelStreamInfer", Broken, null),
        Case("repository-index", "RepositoryIndex", new RepositoryIndexRequest(), RepositoryIndexResponse.Parser),
        Case("repository-index-named", "RepositoryIndex", new RepositoryIndexRequest { RepositoryName = "a" }),
        Case("repository-load", "RepositoryModelLoad", new RepositoryModelLoadRequest { ModelName = "double" }, RepositoryModelLoadResponse.Parser),
        Case("repository-load-faulty", "RepositoryModelLoad", new RepositoryModelLoadRequest { ModelName = "double", Parameters = { ["color"] = new() } }),
        Case("repository-unload", "RepositoryModelUnload", new RepositoryModelUnloadRequest { ModelName = "double" }, RepositoryModelUnloadResponse.Parser),
        Case("repository-unload-faulty", "RepositoryModelUnload", new RepositoryModelUnloadRequest { ModelName = "double", Parameters = { ["color"] = new() } }),
        Case("log-settings", "LogSettings", new LogSettingsRequest { Settings = { ["log_verbose_level"] = new LogValue { Uint32Param = 1 } } }, LogSettingsResponse.Parser),
        Case("log-settings-faulty", "LogSettings", new LogSettingsRequest { Settings = { ["log_info"] = new LogValue { StringParam = "no" } } }),
        Case("trace-setting", "TraceSetting", new TraceSettingRequest { Settings = { ["trace_rate"] = new TraceValue { Value = { "7" } } } }, TraceSettingResponse.Parser),
        Case("trace-setting-unknown", "TraceSetting", new TraceSettingRequest { ModelName = "nope" }),
        Case("system-shared-memory-status", "SystemSharedMemoryStatus", new SystemSharedMemoryStatusRequest()),
        Case("system-shared-memory-register", "SystemSharedMemoryRegister", new SystemSharedMemoryStatusRequest()),
        Case("system-shared-memory-unregister", "SystemSharedMemoryUnregister", new SystemSharedMemoryStatusRequest()),
        Case("cuda-shared-memory-status", "CudaSharedMemoryStatus", new SystemSharedMemoryStatusRequest()),
        Case("cuda-shared-memory-register", "CudaSharedMemoryRegister", new SystemSharedMemoryStatusRequest()),
        Case("cuda-shared-memory-unregister", "CudaSharedMemoryUnregister", new SystemSharedMemoryStatusRequest()),
        Case("health-check", Health + "Check", new HealthCheckRequest(), HealthCheckResponse.Parser),
        Case("health-check-unknown", Health + "Check", new HealthCheckRequest { Service = "nope" }),
        ("health-watch-broken", Health + "Watch", Broken, null),
    ];

    public static IEnumerable<object[]> Names => Cases.Select(one => new object[] { one.Name });

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Procedure_Answered_LooksAsBefore(string name)
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var client = new GrpcClient(gateway.GrpcAddress);
        var (_, method, message, answer) = Cases.Single(one => one.Name == name);

        var reply = await client.SendAsync(method, new ByteArrayContent(GrpcClient.Frame(message)));

        Golden.Check($"{name}.grpc", Render(method, message, reply, answer));
        Assert.Equal(answer is null, reply.Messages.Count == 0);
        Assert.Empty(gateway.Log.Lines);
    }

    /// <summary>The one procedure that does not end by itself.</summary>
    [Fact]
    public async Task Watch_Answered_LooksAsBefore()
    {
        var clock = new ManualClock();
        await using var gateway = await RunningGateway.StartAsync(clock);
        using var client = new GrpcClient(gateway.GrpcAddress);
        var message = new HealthCheckRequest().ToByteArray();

        using var stream = new GrpcStream(client, Health + "Watch", ("grpc-timeout", "1S"));
        await stream.SendAsync(GrpcClient.Frame(message));
        await stream.EndSendingAsync();
        var answer = await stream.ReceiveAsync(HealthCheckResponse.Parser);
        clock.Advance(TimeSpan.FromSeconds(1));
        var (status, sentence) = await stream.EndAsync();

        Golden.Check("health-watch.grpc", Render(Health + "Watch", message, status, sentence, [], [answer!.ToByteArray()], HealthCheckResponse.Parser));
    }

    /// <summary>
    /// Every procedure has a golden file of an answer and one of a status that is not OK. Shared memory is always refused.
    /// </summary>
    [Fact]
    public async Task EveryProcedure_SuccessAndFailure_AreInGoldenFiles()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var wanted = gateway.Methods.SelectMany(m => new[] { (m.Path, Good: true), (m.Path, Good: false) })
            .Where(one => !one.Good || !one.Path.Contains("SharedMemory", StringComparison.Ordinal)).ToHashSet();

        foreach (var file in Golden.Files("*.grpc"))
        {
            var lines = File.ReadAllLines(file);
            wanted.Remove((lines[0], lines.Any(line => line.StartsWith("message: ", StringComparison.Ordinal))));
        }

        Assert.Empty(wanted);
    }

    private static (string Name, string Method, byte[] Message, MessageParser? Answer) Case(
        string name, string method, IMessage message, MessageParser? answer = null) => (name, method, message.ToByteArray(), answer);

    private static string Render(string method, byte[] message, GrpcReply reply, MessageParser? parser) =>
        Render(method, message, reply.Status, reply.Message, reply.Metadata.Concat(reply.Trailers), reply.Messages, parser);

    private static string Render(
        string method, byte[] message, int status, string sentence, IEnumerable<KeyValuePair<string, string>> metadata, IReadOnlyList<byte[]> answers, MessageParser? parser)
    {
        var text = new StringBuilder(method.StartsWith('/') ? method : $"/{GrpcClient.Service}/{method}");
        text.Append('\n').Append(Convert.ToHexString(message)).Append("\n\n");
        text.Append($"{status} {sentence}".TrimEnd()).Append('\n');
        foreach (var (header, value) in metadata.OrderBy(h => h.Key, StringComparer.OrdinalIgnoreCase))
        {
            var name = header.ToLowerInvariant();
            if (name is "date" or "grpc-status" or "grpc-message") continue;
            text.Append(name).Append(": ").Append(name == "x-request-id" && value != "a b" ? "(made here)" : value).Append('\n');
        }

        foreach (var answer in answers)
        {
            text.Append("\nmessage: ").Append(Convert.ToHexString(answer));
            text.Append('\n').Append(parser!.ParseFrom(answer)).Append('\n');
        }

        return text.ToString();
    }
}
