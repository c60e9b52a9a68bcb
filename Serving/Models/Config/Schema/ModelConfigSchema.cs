namespace Serving.Models.Config.Schema;

/// <summary>
/// Every field of Triton's ModelConfig, its type and what becomes of it here: the one description that both readers follow.
/// Fields that are not in it are unknown, which is a warning.
/// </summary>
internal static class ModelConfigSchema
{
    public static readonly EnumSpec DataType = new(
        "TYPE_INVALID", "TYPE_BOOL", "TYPE_UINT8", "TYPE_UINT16", "TYPE_UINT32", "TYPE_UINT64", "TYPE_INT8", "TYPE_INT16",
        "TYPE_INT32", "TYPE_INT64", "TYPE_FP16", "TYPE_FP32", "TYPE_FP64", "TYPE_STRING", "TYPE_BF16");

    public static readonly EnumSpec InstanceKinds = new("KIND_AUTO", "KIND_GPU", "KIND_CPU", "KIND_MODEL");

    public static readonly EnumSpec TimeoutActions = new("REJECT", "DELAY");

    private const string GpuOnly = "it only concerns GPUs";
    private const string NotBuilt = "this server does not do that";

    private static readonly EnumSpec Format = new("FORMAT_NONE", "FORMAT_NHWC", "FORMAT_NCHW");

    private static readonly EnumSpec ModelPriority = new("PRIORITY_DEFAULT", "PRIORITY_MAX", "PRIORITY_MIN");

    private static readonly MessageSpec Reshape = new(new FieldSpec("shape", FieldKind.Int64) { Repeated = true });

    private static readonly MessageSpec Input = new(
        new("name", FieldKind.String),
        new("data_type", FieldKind.Enum) { Enum = DataType },
        Ignored(new("format", FieldKind.Enum) { Enum = Format }, "tensors are passed on as they come"),
        new("dims", FieldKind.Int64) { Repeated = true },
        new("reshape", FieldKind.Message) { Message = Reshape },
        Ignored(new("is_shape_tensor", FieldKind.Bool), GpuOnly),
        Ignored(new("allow_ragged_batch", FieldKind.Bool), "requests of unlike shape are never batched together"),
        new("optional", FieldKind.Bool),
        Ignored(new("is_non_linear_format_io", FieldKind.Bool), GpuOnly));

    private static readonly MessageSpec Output = new(
        new("name", FieldKind.String),
        new("data_type", FieldKind.Enum) { Enum = DataType },
        new("dims", FieldKind.Int64) { Repeated = true },
        new("reshape", FieldKind.Message) { Message = Reshape },
        new("label_filename", FieldKind.String),
        Ignored(new("is_shape_tensor", FieldKind.Bool), GpuOnly),
        Ignored(new("is_non_linear_format_io", FieldKind.Bool), GpuOnly));

    private static readonly MessageSpec VersionPolicy = new(
        new("latest", FieldKind.Message) { Choice = "policy", Message = new(new FieldSpec("num_versions", FieldKind.UInt32)) },
        new("all", FieldKind.Message) { Choice = "policy", Message = new() },
        new("specific", FieldKind.Message)
        {
            Choice = "policy",
            Message = new(new FieldSpec("versions", FieldKind.Int64) { Repeated = true }),
        });

    private static readonly MessageSpec InstanceGroup = new(
        new("name", FieldKind.String),
        new("kind", FieldKind.Enum) { Enum = InstanceKinds },
        new("count", FieldKind.Int32),
        Ignored(new("rate_limiter", FieldKind.Opaque), NotBuilt),
        Ignored(new("gpus", FieldKind.Int32) { Repeated = true }, GpuOnly),
        Ignored(new("secondary_devices", FieldKind.Opaque), GpuOnly),
        Ignored(new("profile", FieldKind.String) { Repeated = true }, GpuOnly),
        Ignored(new("passive", FieldKind.Bool), NotBuilt),
        Ignored(new("host_policy", FieldKind.String), NotBuilt));

    private static readonly MessageSpec QueuePolicy = new(
        new("timeout_action", FieldKind.Enum) { Enum = TimeoutActions },
        new("default_timeout_microseconds", FieldKind.UInt64),
        new("allow_timeout_override", FieldKind.Bool),
        new("max_queue_size", FieldKind.UInt32));

    private static readonly MessageSpec DynamicBatching = new(
        new("preferred_batch_size", FieldKind.Int32) { Repeated = true },
        new("max_queue_delay_microseconds", FieldKind.UInt64),
        new("preserve_ordering", FieldKind.Bool),
        new("priority_levels", FieldKind.UInt64),
        new("default_priority_level", FieldKind.UInt64),
        new("default_queue_policy", FieldKind.Message) { Message = QueuePolicy },
        new("priority_queue_policy", FieldKind.Message) { Key = FieldKind.UInt64, Message = QueuePolicy });

    private static readonly MessageSpec Accelerator = new(
        new("name", FieldKind.String), new("parameters", FieldKind.String) { Key = FieldKind.String });

    private static readonly MessageSpec Optimization = new(
        new("graph", FieldKind.Message) { Message = new(new FieldSpec("level", FieldKind.Int32)) },
        Ignored(new("priority", FieldKind.Enum) { Enum = ModelPriority }, GpuOnly),
        Ignored(new("cuda", FieldKind.Opaque), GpuOnly),
        new("execution_accelerators", FieldKind.Message)
        {
            Message = new(
                new("gpu_execution_accelerator", FieldKind.Message) { Repeated = true, Message = Accelerator },
                new("cpu_execution_accelerator", FieldKind.Message) { Repeated = true, Message = Accelerator }),
        },
        Ignored(new("input_pinned_memory", FieldKind.Opaque), GpuOnly),
        Ignored(new("output_pinned_memory", FieldKind.Opaque), GpuOnly),
        Ignored(new("gather_kernel_buffer_threshold", FieldKind.UInt32), GpuOnly),
        Ignored(new("eager_batching", FieldKind.Bool), NotBuilt));

    private static readonly MessageSpec Warmup = new(
        new("name", FieldKind.String),
        new("batch_size", FieldKind.UInt32),
        new("inputs", FieldKind.Message)
        {
            Key = FieldKind.String,
            Message = new(
                new("data_type", FieldKind.Enum) { Enum = DataType },
                new("dims", FieldKind.Int64) { Repeated = true },
                new("zero_data", FieldKind.Bool) { Choice = "data" },
                new("random_data", FieldKind.Bool) { Choice = "data" },
                new("input_data_file", FieldKind.String) { Choice = "data" }),
        },
        new("count", FieldKind.UInt32));

    private static readonly MessageSpec MetricControl = new(
        new("metric_identifier", FieldKind.Message) { Message = new(new FieldSpec("family", FieldKind.String)) },
        new("histogram_options", FieldKind.Message) { Message = new(new FieldSpec("buckets", FieldKind.Double) { Repeated = true }) });

    public static readonly MessageSpec ModelConfig = new(
        new("name", FieldKind.String),
        new("platform", FieldKind.String),
        new("backend", FieldKind.String),
        Ignored(new("runtime", FieldKind.String), NotBuilt),
        new("version_policy", FieldKind.Message) { Message = VersionPolicy },
        new("max_batch_size", FieldKind.Int32),
        new("input", FieldKind.Message) { Repeated = true, Message = Input },
        new("output", FieldKind.Message) { Repeated = true, Message = Output },
        Refused("batch_input", "the model would miss the inputs that the server was to make; make them part of the model"),
        Refused("batch_output", "the model's answers would be cut wrongly; make the cut part of the model"),
        new("optimization", FieldKind.Message) { Message = Optimization },
        new("dynamic_batching", FieldKind.Message) { Choice = "scheduler", Message = DynamicBatching },
        Refused("sequence_batching", "sequences of requests with state are not served; remove it if the model keeps no state"),
        Refused("ensemble_scheduling", "ensembles are not served; serve the steps as models and call them in turn"),
        new("instance_group", FieldKind.Message) { Repeated = true, Message = InstanceGroup },
        new("default_model_filename", FieldKind.String),
        Ignored(new("cc_model_filenames", FieldKind.Opaque), GpuOnly),
        new("metric_tags", FieldKind.String) { Key = FieldKind.String },
        new("parameters", FieldKind.Message) { Key = FieldKind.String, Message = new(new FieldSpec("string_value", FieldKind.String)) },
        new("model_warmup", FieldKind.Message) { Repeated = true, Message = Warmup },
        Ignored(new("model_operations", FieldKind.Opaque), "libraries of custom operators are not loaded"),
        new("model_transaction_policy", FieldKind.Message)
        {
            Message = new(Ignored(new("decoupled", FieldKind.Bool), "an ONNX model gives one answer to each request")),
        },
        Ignored(new("model_repository_agents", FieldKind.Opaque), NotBuilt),
        new("response_cache", FieldKind.Message) { Message = new(new FieldSpec("enable", FieldKind.Bool)) },
        new("model_metrics", FieldKind.Message)
        {
            Message = new(new FieldSpec("metric_control", FieldKind.Message) { Repeated = true, Message = MetricControl }),
        });

    private static FieldSpec Ignored(FieldSpec field, string reason) => field with { Effect = FieldEffect.Ignored, Reason = reason };

    private static FieldSpec Refused(string name, string reason) =>
        new(name, FieldKind.Opaque) { Effect = FieldEffect.Refused, Reason = reason };
}
