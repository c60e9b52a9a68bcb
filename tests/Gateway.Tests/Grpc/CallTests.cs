using Gateway.Grpc.Messages;
using Gateway.Tests.Http;
using Google.Protobuf;
using Serving;
using Status = Gateway.Grpc.Messages.HealthCheckResponse.Types.ServingStatus;

namespace Gateway.Tests.Grpc;

/// <summary>Every call but inference, over a connection.</summary>
public sealed class CallTests : IAsyncLifetime
{
    private RunningGateway gateway = null!;
    private GrpcClient client = null!;

    public async Task InitializeAsync()
    {
        gateway = await RunningGateway.StartAsync();
        client = new GrpcClient(gateway.GrpcAddress);
    }

    public async Task DisposeAsync()
    {
        client.Dispose();
        await gateway.DisposeAsync();
    }

    [Fact]
    public async Task ServerLive_Always_IsLive() =>
        Assert.True((await client.AskAsync("ServerLive", new ServerLiveRequest(), ServerLiveResponse.Parser)).Live);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ServerReady_Engine_IsAsTheEngineSays(bool ready)
    {
        gateway.Engine.Ready = ready;

        Assert.Equal(ready, (await client.AskAsync("ServerReady", new ServerReadyRequest(), ServerReadyResponse.Parser)).Ready);
    }

    [Fact]
    public async Task ServerMetadata_Always_SaysTheSameAsHttp()
    {
        var metadata = await client.AskAsync("ServerMetadata", new ServerMetadataRequest(), ServerMetadataResponse.Parser);

        var json = System.Text.Json.JsonDocument.Parse(await gateway.Client.GetStringAsync("/v2")).RootElement;
        Assert.Equal(json.GetProperty("name").GetString(), metadata.Name);
        Assert.Equal(json.GetProperty("version").GetString(), metadata.Version);
        Assert.Equal(json.GetProperty("extensions").EnumerateArray().Select(e => e.GetString()!), metadata.Extensions);
    }

    [Theory]
    [InlineData("double", "", true)]
    [InlineData("double", "2", true)]
    [InlineData("cold", "", false)]
    public async Task ModelReady_KnownModel_Answers(string name, string version, bool ready)
    {
        var request = new ModelReadyRequest { Name = name, Version = version };

        Assert.Equal(ready, (await client.AskAsync("ModelReady", request, ModelReadyResponse.Parser)).Ready);
    }

    [Fact]
    public async Task ModelMetadata_KnownModel_HasItsSignature()
    {
        var request = new ModelMetadataRequest { Name = "double", Version = "canary" };

        var metadata = await client.AskAsync("ModelMetadata", request, ModelMetadataResponse.Parser);

        Assert.Equal("double onnxruntime_onnx", $"{metadata.Name} {metadata.Platform}");
        Assert.Equal(["1", "2"], metadata.Versions);
        Assert.Equal("""{ "name": "x", "datatype": "FP32", "shape": [ "-1", "2" ] }""", Assert.Single(metadata.Inputs).ToString());
        Assert.Equal("""{ "name": "y", "datatype": "FP32", "shape": [ "-1", "2" ] }""", Assert.Single(metadata.Outputs).ToString());
    }

    [Fact]
    public async Task ModelConfig_KnownModel_IsTheEnginesDocument()
    {
        gateway.Engine.Config = """
            {"name":"double","platform":"onnxruntime_onnx","backend":"onnxruntime","version_policy":{"latest":{"num_versions":2}},
             "max_batch_size":8,"input":[{"name":"x","data_type":"TYPE_FP32","dims":[2],"reshape":{"shape":[1,2]},"optional":true}],
             "output":[{"name":"y","data_type":"TYPE_STRING","dims":[-1],"label_filename":"labels.txt"}],
             "instance_group":[{"name":"a","kind":"KIND_CPU","count":2}],
             "dynamic_batching":{"preferred_batch_size":[4,8],"max_queue_delay_microseconds":100,"preserve_ordering":true,"priority_levels":2,
               "default_priority_level":1,"default_queue_policy":{"timeout_action":"DELAY","default_timeout_microseconds":5},
               "priority_queue_policy":{"1":{"max_queue_size":3}}},
             "parameters":{"intra_op_thread_count":{"string_value":"1"}},"response_cache":{"enable":true},
             "serving":{"drift":{"window":{"count":3}}}}
            """;

        var answer = await client.AskAsync("ModelConfig", new ModelConfigRequest { Name = "double" }, ModelConfigResponse.Parser);

        var config = answer.Config;
        Assert.Equal((8, 2u, "onnxruntime"), (config.MaxBatchSize, config.VersionPolicy.Latest.NumVersions, config.Backend));
        Assert.Equal((DataType.TypeFp32, true), (config.Input[0].DataType, config.Input[0].Optional));
        Assert.Equal([1, 2], config.Input[0].Reshape.Shape);
        Assert.Equal((DataType.TypeString, "labels.txt"), (config.Output[0].DataType, config.Output[0].LabelFilename));
        Assert.Equal(ModelInstanceGroup.Types.Kind.Cpu, config.InstanceGroup[0].Kind);
        Assert.Equal([4, 8], config.DynamicBatching.PreferredBatchSize);
        Assert.Equal(ModelQueuePolicy.Types.TimeoutAction.Delay, config.DynamicBatching.DefaultQueuePolicy.TimeoutAction);
        Assert.Equal(3u, config.DynamicBatching.PriorityQueuePolicy[1].MaxQueueSize);
        Assert.Equal("1", config.Parameters["intra_op_thread_count"].StringValue);
        Assert.True(config.ResponseCache.Enable);
    }

    [Theory]
    [InlineData("")]
    [InlineData("stats")]
    public async Task ModelStatistics_Rows_HaveEveryCount(string name)
    {
        var answer = await client.AskAsync("ModelStatistics", new ModelStatisticsRequest { Name = name }, ModelStatisticsResponse.Parser);

        var row = Assert.Single(answer.ModelStats);
        Assert.Equal((name.Length > 0 ? name : "double", "2"), (row.Name, row.Version));
        Assert.Equal((1_700_000_000_000u, 64u, 1u), (row.LastInference, row.InferenceCount, row.ExecutionCount));
        Assert.Equal((1u, 5000u), (row.InferenceStats.Success.Count, row.InferenceStats.Success.Ns));
        Assert.Equal((0u, 1000u), (row.InferenceStats.Fail.Count, row.InferenceStats.Queue.Ns));
        Assert.Equal((10u, 3900u, 90u), (
            row.InferenceStats.ComputeInput.Ns, row.InferenceStats.ComputeInfer.Ns, row.InferenceStats.ComputeOutput.Ns));
        Assert.Equal((64u, 3900u), (row.BatchStats[0].BatchSize, row.BatchStats[0].ComputeInfer.Ns));
        Assert.Equal(("CPU", 4096u), (row.MemoryUsage[0].Type, row.MemoryUsage[0].ByteSize));
    }

    [Theory]
    [InlineData(false, "cold//UNAVAILABLE/the file is corrupt double/1/UNLOADING/ double/2/READY/")]
    [InlineData(true, "double/2/READY/")]
    public async Task RepositoryIndex_Rows_AreTheEngines(bool ready, string expected)
    {
        var answer = await client.AskAsync("RepositoryIndex", new RepositoryIndexRequest { Ready = ready }, RepositoryIndexResponse.Parser);

        Assert.Equal(expected, string.Join(' ', answer.Models.Select(m => $"{m.Name}/{m.Version}/{m.State}/{m.Reason}")));
    }

    [Fact]
    public async Task RepositoryModelLoad_ConfigAndFiles_ReachTheEngine()
    {
        var request = new RepositoryModelLoadRequest
        {
            ModelName = "double",
            Parameters =
            {
                ["config"] = new ModelRepositoryParameter { StringParam = "{}" },
                ["file:1/model.onnx"] = new ModelRepositoryParameter { BytesParam = ByteString.CopyFrom(1, 2, 3) },
            },
        };

        await client.AskAsync("RepositoryModelLoad", request, RepositoryModelLoadResponse.Parser);

        Assert.Equal(("double", "{}"), (gateway.Engine.Loaded!.Model, gateway.Engine.Loaded.ConfigJson));
        Assert.Equal([1, 2, 3], gateway.Engine.Loaded.Files["1/model.onnx"].ToArray());
    }

    [Theory]
    [InlineData("config", false, "parameter 'config' must be a string_param that holds JSON")]
    [InlineData("file:1/model.onnx", true, "parameter 'config' is needed beside file: parameters")]
    [InlineData("file:1/model.onnx", false, "parameter 'file:1/model.onnx' must be a bytes_param")]
    [InlineData("file:../model.onnx", true, "parameter 'file:../model.onnx' must be file:<version>/<name>, within the model's folder")]
    [InlineData("color", true, "unknown parameter 'color'; load takes config and file:<version>/<name>")]
    public async Task RepositoryModelLoad_BadParameter_IsRefused(string name, bool isBytes, string expected)
    {
        var value = isBytes ? new ModelRepositoryParameter { BytesParam = ByteString.Empty } : new ModelRepositoryParameter { BoolParam = true };

        var reply = await client.CallAsync("RepositoryModelLoad", new RepositoryModelLoadRequest { ModelName = "m", Parameters = { [name] = value } });

        Assert.Equal((3, expected), (reply.Status, reply.Message));
        Assert.Null(gateway.Engine.Loaded);
    }

    [Theory]
    [InlineData("unload_dependents", false, 0)]
    [InlineData("unload_dependents", true, 3)]
    [InlineData("color", false, 3)]
    public async Task RepositoryModelUnload_Parameters_AreChecked(string name, bool value, int status)
    {
        var request = new RepositoryModelUnloadRequest
        {
            ModelName = "double", Parameters = { [name] = new ModelRepositoryParameter { BoolParam = value } },
        };

        var reply = await client.CallAsync("RepositoryModelUnload", request);

        Assert.Equal((status, status == 0 ? "double" : null), (reply.Status, gateway.Engine.Unloaded));
    }

    [Fact]
    public async Task Repository_EngineRefuses_IsItsStatus()
    {
        gateway.Engine.RepositoryError = new ServingError(ErrorCode.ModelNotReady, "explicit model load / unload is not allowed if polling is enabled");

        var load = await client.CallAsync("RepositoryModelLoad", new RepositoryModelLoadRequest { ModelName = "double" });
        var unload = await client.CallAsync("RepositoryModelUnload", new RepositoryModelUnloadRequest { ModelName = "double" });

        Assert.Equal((14, 14), (load.Status, unload.Status));
        Assert.Equal("explicit model load / unload is not allowed if polling is enabled", load.Message);
    }

    [Fact]
    public async Task Repository_NamedRepository_IsUnimplemented()
    {
        var index = await client.CallAsync("RepositoryIndex", new RepositoryIndexRequest { RepositoryName = "a" });
        var load = await client.CallAsync("RepositoryModelLoad", new RepositoryModelLoadRequest { RepositoryName = "a", ModelName = "double" });
        var unload = await client.CallAsync("RepositoryModelUnload", new RepositoryModelUnloadRequest { RepositoryName = "a", ModelName = "double" });

        Assert.Equal((12, 12, 12), (index.Status, load.Status, unload.Status));
    }

    [Theory]
    [InlineData("SystemSharedMemoryStatus")]
    [InlineData("SystemSharedMemoryRegister")]
    [InlineData("SystemSharedMemoryUnregister")]
    [InlineData("CudaSharedMemoryStatus")]
    [InlineData("CudaSharedMemoryRegister")]
    [InlineData("CudaSharedMemoryUnregister")]
    public async Task SharedMemory_Any_IsUnimplementedWithAWayOut(string method)
    {
        var reply = await client.CallAsync(method, new SystemSharedMemoryStatusRequest());

        Assert.Equal(12, reply.Status);
        Assert.Contains("raw_input_contents", reply.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("inference.GRPCInferenceService")]
    [InlineData("grpc.health.v1.Health")]
    public async Task HealthCheck_KnownService_Serves(string service)
    {
        var request = new HealthCheckRequest { Service = service };

        Assert.Equal(Status.Serving, (await client.AskAsync("/grpc.health.v1.Health/Check", request, HealthCheckResponse.Parser)).Status);
    }

    [Fact]
    public async Task HealthCheck_EngineNotReady_IsNotServing()
    {
        gateway.Engine.Ready = false;

        var answer = await client.AskAsync("/grpc.health.v1.Health/Check", new HealthCheckRequest(), HealthCheckResponse.Parser);

        Assert.Equal(Status.NotServing, answer.Status);
    }

    [Fact]
    public async Task HealthCheck_UnknownService_IsNotFound()
    {
        var reply = await client.CallAsync("/grpc.health.v1.Health/Check", new HealthCheckRequest { Service = "nope" });

        Assert.Equal(5, reply.Status);
    }

    [Theory]
    [InlineData("ModelReady", "gone", "", 5, "model 'gone' is not found")]
    [InlineData("ModelMetadata", "gone", "", 5, "model 'gone' is not found")]
    [InlineData("ModelConfig", "gone", "", 5, "model 'gone' is not found")]
    [InlineData("ModelStatistics", "gone", "", 5, "model 'gone' is not found")]
    [InlineData("ModelMetadata", "double", "9", 5, "model 'double' version '9' is not found")]
    [InlineData("ModelMetadata", "cold", "", 14, "model 'cold' is not ready: the file is corrupt")]
    public async Task Model_Unknown_IsItsStatus(string method, string name, string version, int status, string message)
    {
        var reply = await client.CallAsync(method, new ModelReadyRequest { Name = name, Version = version });

        Assert.Equal((status, message), (reply.Status, reply.Message));
        Assert.Empty(reply.Messages);
    }
}
