using System.Text;
using Serving.Inference;
using Serving.Models.Config.Reading;
using Serving.Models.Config.Values;

namespace Serving.Models.Config;

public sealed class ConfigFormsTests
{
    [Fact]
    public void TextRead_EveryField_HasWhatWasWritten()
    {
        var config = ConfigSamples.Text(ConfigSamples.WholeText).Value;

        Assert.Equal(Whole(), config);
        Assert.Empty(config.Warnings);
    }

    [Fact]
    public void JsonRead_EveryField_SaysTheSameAsText() =>
        Assert.Equal(ConfigSamples.Text(ConfigSamples.WholeText).Value, ConfigSamples.Json(ConfigSamples.WholeJson).Value);

    [Theory]
    [InlineData("")]
    [InlineData("\uFEFF# nothing\n")]
    public void TextRead_Nothing_LeavesEverythingOpen(string text) =>
        Assert.Equal(new ModelConfig { Name = "m" }, ConfigSamples.Text(text).Value);

    [Theory]
    [InlineData("")]
    [InlineData(" \n")]
    [InlineData("\uFEFF{}")]
    public void JsonRead_Nothing_LeavesEverythingOpen(string json) =>
        Assert.Equal(new ModelConfig { Name = "m" }, ConfigSamples.Json(json).Value);

    [Fact]
    public void JsonRead_AllVersions_IsThatPolicy() =>
        Assert.Equal(new VersionPolicy.All(), ConfigSamples.Json("""{"version_policy":{"all":{}}}""").Value.VersionPolicy);

    [Fact]
    public void JsonRead_ServingSection_IsKeptForItsSlices()
    {
        var serving = ConfigSamples.Json("""{"serving": {"drift": {"window": {"count": 500}}, "tuning": "auto", "rollout": null}}""").Value.Serving;

        Assert.Equal(500, serving.Drift!.Root.GetProperty("window").GetProperty("count").GetInt32());
        Assert.Equal("auto", serving.Tuning!.Root.GetString());
        Assert.Null(serving.Rollout);
    }

    [Fact]
    public void Write_EveryField_IsReadBackEqual()
    {
        var config = ConfigSamples.Json("""{"serving": {"drift": {"a": [1, 2.50]}}}""").Value.Serving is var serving
            ? ConfigSamples.Text(ConfigSamples.WholeText).Value with { Serving = serving } : throw new InvalidOperationException();

        Assert.Equal(config, ConfigJsonReader.Read(ConfigJsonWriter.Write(config).Span, "model.json", "m").Value);
    }

    [Fact]
    public void Write_Plain_HasTritonsShape()
    {
        var config = ConfigSamples.Text("""
            max_batch_size: 4
            input { name: "x" data_type: TYPE_STRING dims: [2] }
            unheard: 1
            dynamic_batching { priority_levels: 1 default_priority_level: 1 priority_queue_policy { key: 1 value { timeout_action: DELAY } } }
            parameters { key: "k" value { string_value: "v" } }
            """).Value;

        const string Policy = """{"timeout_action":"REJECT","default_timeout_microseconds":0,"allow_timeout_override":false,"max_queue_size":0}""";
        const string Expected = """
            {"name":"m","platform":"","backend":"","version_policy":{"latest":{"num_versions":1}},"max_batch_size":4,
            "input":[{"name":"x","data_type":"TYPE_STRING","dims":[2],"optional":false}],"output":[],"instance_group":[],
            "optimization":{"graph":{"level":0},"execution_accelerators":{"gpu_execution_accelerator":[],"cpu_execution_accelerator":[]}},
            "dynamic_batching":{"preferred_batch_size":[],"max_queue_delay_microseconds":0,"preserve_ordering":false,"priority_levels":1,
            "default_priority_level":1,"default_queue_policy":POLICY,"priority_queue_policy":{"1":DELAYING}},"default_model_filename":"",
            "metric_tags":{},"parameters":{"k":{"string_value":"v"}},"model_warmup":[],"response_cache":{"enable":false},
            "serving":{"warnings":["config.pbtxt:3: 'unheard' is not a field of the model configuration and is ignored"]}}
            """;
        var expected = Expected.ReplaceLineEndings("").Replace("POLICY", Policy).Replace("DELAYING", Policy.Replace("REJECT", "DELAY"));
        Assert.Equal(expected, Encoding.UTF8.GetString(ConfigJsonWriter.Write(config).Span));
    }

    private static ModelConfig Whole() => new()
    {
        Name = "m",
        Platform = "onnxruntime_onnx",
        Backend = "onnxruntime",
        VersionPolicy = new VersionPolicy.Specific([1, 3, 16]),
        MaxBatchSize = 8,
        Input =
        [
            new InputConfig { Name = "image", DataType = TensorType.Fp32, Dims = [1, 8, 8] },
            new InputConfig { Name = "gate", DataType = TensorType.Bool, Dims = [1], Reshape = [], Optional = true },
            new InputConfig { Name = "tag", DataType = TensorType.Bytes, Dims = [-1] },
        ],
        Output = [new OutputConfig { Name = "scores", DataType = TensorType.Bf16, Dims = [10], LabelFilename = "labels.txt" }],
        InstanceGroup = [new InstanceGroup { Name = "g", Kind = InstanceKind.Cpu, Count = 2 }, new InstanceGroup()],
        DefaultModelFilename = "net.onnx",
        MetricTags = Map("team", "a\tb ABé"),
        DynamicBatching = new()
        {
            PreferredBatchSize = [4, 8],
            MaxQueueDelayMicroseconds = 100,
            PreserveOrdering = true,
            PriorityLevels = 2,
            DefaultPriorityLevel = 2,
            DefaultQueuePolicy = new()
            {
                TimeoutAction = TimeoutAction.Delay, DefaultTimeoutMicroseconds = 5000, AllowTimeoutOverride = true, MaxQueueSize = 7,
            },
            PriorityQueuePolicy = new([KeyValuePair.Create(1, new QueuePolicy { MaxQueueSize = 3 })]),
        },
        Parameters = new([KeyValuePair.Create("intra_op_thread_count", "2"), KeyValuePair.Create("execution_mode", "1")]),
        Optimization = new()
        {
            GraphLevel = -1,
            CpuExecutionAccelerator = [new ExecutionAccelerator("openvino", Map("device", "CPU"))],
            GpuExecutionAccelerator = [new ExecutionAccelerator("cuda", ValueMap<string, string>.Empty)],
        },
        ModelWarmup =
        [
            new WarmupConfig
            {
                Name = "first",
                BatchSize = 2,
                Count = 3,
                Inputs = new(
                [
                    KeyValuePair.Create("image", new WarmupInput { DataType = TensorType.Fp32, Dims = [1, 8, 8], RandomData = true }),
                    KeyValuePair.Create("gate", new WarmupInput { DataType = TensorType.Bool, Dims = [1], InputDataFile = "gate.bin" }),
                ]),
            },
        ],
        ResponseCacheEnabled = true,
        ModelMetrics = [new HistogramConfig("f", [1, 2.5, 100])],
    };

    private static ValueMap<string, string> Map(string key, string value) => new([KeyValuePair.Create(key, value)]);
}
