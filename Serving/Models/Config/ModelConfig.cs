using Serving.Models.Config.Values;

namespace Serving.Models.Config;

/// <summary>
/// One model's configuration: Triton's ModelConfig, reduced to the fields that have an effect here, and the
/// <c>serving</c> section, which is ours. Immutable, and equal when it says the same.
/// </summary>
/// <remarks>
/// As read from a file it may leave things open (inputs, outputs, types, the batch size), which
/// <see cref="Completion.ConfigCompletion"/> closes from the model's own signature; what comes out of there is the
/// effective configuration that the server acts on and shows.
/// </remarks>
internal sealed record ModelConfig
{
    /// <summary>What Triton calls an ONNX model.</summary>
    public const string OnnxPlatform = "onnxruntime_onnx";

    /// <summary>The one backend there is.</summary>
    public const string OnnxBackend = "onnxruntime";

    /// <summary>The model file's name in a version's folder when <see cref="DefaultModelFilename"/> is empty.</summary>
    public const string OnnxFilename = "model.onnx";

    public required string Name { get; init; }

    public string Platform { get; init; } = "";

    public string Backend { get; init; } = "";

    public VersionPolicy VersionPolicy { get; init; } = VersionPolicy.Default;

    /// <summary>Rows a request or batch may hold; above 0 the dims leave the batch dimension out. 0: dims are the full shape.</summary>
    public int MaxBatchSize { get; init; }

    public ValueList<InputConfig> Input { get; init; } = [];

    public ValueList<OutputConfig> Output { get; init; } = [];

    public ValueList<InstanceGroup> InstanceGroup { get; init; } = [];

    /// <summary>The model file's name in each version's folder; empty for <see cref="OnnxFilename"/>.</summary>
    public string DefaultModelFilename { get; init; } = "";

    public ValueMap<string, string> MetricTags { get; init; } = ValueMap<string, string>.Empty;

    /// <summary>Null when requests are not joined into batches.</summary>
    public DynamicBatchingConfig? DynamicBatching { get; init; }

    /// <summary>Settings for the runtime, such as <c>intra_op_thread_count</c>.</summary>
    public ValueMap<string, string> Parameters { get; init; } = ValueMap<string, string>.Empty;

    public OptimizationConfig Optimization { get; init; } = new();

    public ValueList<WarmupConfig> ModelWarmup { get; init; } = [];

    /// <summary><c>response_cache.enable</c>.</summary>
    public bool ResponseCacheEnabled { get; init; }

    /// <summary><c>model_metrics</c>: buckets of histograms, by metric family.</summary>
    public ValueList<HistogramConfig> ModelMetrics { get; init; } = [];

    public ServingSection Serving { get; init; } = new();

    /// <summary>What was accepted although it has no effect, and what was filled in; one sentence each.</summary>
    public ValueList<string> Warnings { get; init; } = [];
}
