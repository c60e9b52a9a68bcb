using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serving.Drift;
using Serving.Models.Config.Schema;
using Serving.Models.Config.Values;

namespace Serving.Models.Config.Reading;

/// <summary>Writes a configuration as JSON in the shape Triton answers with: snake_case, names of enums, integers as numbers.</summary>
internal static class ConfigJsonWriter
{
    // Sentences quote things; the answer is never put into a page.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReadOnlyMemory<byte> Write(ModelConfig config)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("name", config.Name);
            json.WriteString("platform", config.Platform);
            json.WriteString("backend", config.Backend);
            WritePolicy(json, config.VersionPolicy);
            json.WriteNumber("max_batch_size", config.MaxBatchSize);
            WriteTensors(json, "input", config.Input);
            WriteTensors(json, "output", config.Output);
            WriteExecution(json, config);
            if (config.DynamicBatching is { } batching) WriteBatching(json, batching);
            json.WriteString("default_model_filename", config.DefaultModelFilename);
            WriteTexts(json, "metric_tags", config.MetricTags);
            WriteParameters(json, config.Parameters);
            WriteWarmups(json, config.ModelWarmup);
            json.WriteStartObject("response_cache");
            json.WriteBoolean("enable", config.ResponseCacheEnabled);
            json.WriteEndObject();
            WriteMetrics(json, config.ModelMetrics);
            WriteServing(json, config);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void WritePolicy(Utf8JsonWriter json, VersionPolicy policy)
    {
        json.WriteStartObject("version_policy");
        json.WriteStartObject(policy switch { VersionPolicy.Latest => "latest", VersionPolicy.All => "all", _ => "specific" });
        if (policy is VersionPolicy.Latest latest) json.WriteNumber("num_versions", latest.NumVersions);
        if (policy is VersionPolicy.Specific specific) WriteNumbers(json, "versions", specific.Versions);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteTensors<T>(Utf8JsonWriter json, string name, ValueList<T> tensors)
        where T : TensorConfig
    {
        json.WriteStartArray(name);
        foreach (var tensor in tensors)
        {
            json.WriteStartObject();
            json.WriteString("name", tensor.Name);
            WriteType(json, tensor.DataType);
            WriteNumbers(json, "dims", tensor.Dims);
            if (tensor.Reshape is { } reshape)
            {
                json.WriteStartObject("reshape");
                WriteNumbers(json, "shape", reshape);
                json.WriteEndObject();
            }

            if (tensor is InputConfig input) json.WriteBoolean("optional", input.Optional);
            if (tensor is OutputConfig output) json.WriteString("label_filename", output.LabelFilename);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteExecution(Utf8JsonWriter json, ModelConfig config)
    {
        json.WriteStartArray("instance_group");
        foreach (var group in config.InstanceGroup)
        {
            json.WriteStartObject();
            json.WriteString("name", group.Name);
            json.WriteString("kind", ModelConfigSchema.InstanceKinds.Names[(int)group.Kind]);
            json.WriteNumber("count", group.Count);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("optimization");
        json.WriteStartObject("graph");
        json.WriteNumber("level", config.Optimization.GraphLevel);
        json.WriteEndObject();
        json.WriteStartObject("execution_accelerators");
        WriteAccelerators(json, "gpu_execution_accelerator", config.Optimization.GpuExecutionAccelerator);
        WriteAccelerators(json, "cpu_execution_accelerator", config.Optimization.CpuExecutionAccelerator);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteAccelerators(Utf8JsonWriter json, string name, ValueList<ExecutionAccelerator> accelerators)
    {
        json.WriteStartArray(name);
        foreach (var accelerator in accelerators)
        {
            json.WriteStartObject();
            json.WriteString("name", accelerator.Name);
            WriteTexts(json, "parameters", accelerator.Parameters);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteBatching(Utf8JsonWriter json, DynamicBatchingConfig batching)
    {
        json.WriteStartObject("dynamic_batching");
        json.WriteStartArray("preferred_batch_size");
        foreach (var size in batching.PreferredBatchSize) json.WriteNumberValue(size);
        json.WriteEndArray();
        json.WriteNumber("max_queue_delay_microseconds", batching.MaxQueueDelayMicroseconds);
        json.WriteBoolean("preserve_ordering", batching.PreserveOrdering);
        json.WriteNumber("priority_levels", batching.PriorityLevels);
        json.WriteNumber("default_priority_level", batching.DefaultPriorityLevel);
        WriteQueuePolicy(json, "default_queue_policy", batching.DefaultQueuePolicy);
        json.WriteStartObject("priority_queue_policy");
        foreach (var (level, policy) in batching.PriorityQueuePolicy) WriteQueuePolicy(json, level.ToString(), policy);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteQueuePolicy(Utf8JsonWriter json, string name, QueuePolicy policy)
    {
        json.WriteStartObject(name);
        json.WriteString("timeout_action", ModelConfigSchema.TimeoutActions.Names[(int)policy.TimeoutAction]);
        json.WriteNumber("default_timeout_microseconds", policy.DefaultTimeoutMicroseconds);
        json.WriteBoolean("allow_timeout_override", policy.AllowTimeoutOverride);
        json.WriteNumber("max_queue_size", policy.MaxQueueSize);
        json.WriteEndObject();
    }

    private static void WriteParameters(Utf8JsonWriter json, ValueMap<string, string> parameters)
    {
        json.WriteStartObject("parameters");
        foreach (var (name, value) in parameters)
        {
            json.WriteStartObject(name);
            json.WriteString("string_value", value);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteWarmups(Utf8JsonWriter json, ValueList<WarmupConfig> warmups)
    {
        json.WriteStartArray("model_warmup");
        foreach (var warmup in warmups)
        {
            json.WriteStartObject();
            json.WriteString("name", warmup.Name);
            json.WriteNumber("batch_size", warmup.BatchSize);
            json.WriteStartObject("inputs");
            foreach (var (name, input) in warmup.Inputs)
            {
                json.WriteStartObject(name);
                WriteType(json, input.DataType);
                WriteNumbers(json, "dims", input.Dims);
                if (input.ZeroData) json.WriteBoolean("zero_data", true);
                if (input.RandomData) json.WriteBoolean("random_data", true);
                if (input.InputDataFile.Length > 0) json.WriteString("input_data_file", input.InputDataFile);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteNumber("count", warmup.Count);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteMetrics(Utf8JsonWriter json, ValueList<HistogramConfig> histograms)
    {
        if (histograms.Count == 0) return;
        json.WriteStartObject("model_metrics");
        json.WriteStartArray("metric_control");
        foreach (var histogram in histograms)
        {
            json.WriteStartObject();
            json.WriteStartObject("metric_identifier");
            json.WriteString("family", histogram.Family);
            json.WriteEndObject();
            json.WriteStartObject("histogram_options");
            json.WriteStartArray("buckets");
            foreach (var bound in histogram.Buckets) json.WriteNumberValue(bound);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteServing(Utf8JsonWriter json, ModelConfig config)
    {
        json.WriteStartObject("serving");
        WriteDrift(json, config.Serving.Drift);
        WriteSection(json, "quality", config.Serving.Quality);
        WriteSection(json, "replicas", config.Serving.Replicas);
        WriteSection(json, "rollout", config.Serving.Rollout);
        WriteSection(json, "tuning", config.Serving.Tuning);
        json.WriteStartArray("warnings");
        foreach (var warning in config.Warnings) json.WriteStringValue(warning);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>As it was given, but for the webhooks' secrets.</summary>
    private static void WriteDrift(Utf8JsonWriter json, JsonSection? section)
    {
        if (section?.Root.ValueKind != JsonValueKind.Object || !section.Root.TryGetProperty("webhooks", out _))
        {
            WriteSection(json, "drift", section);
            return;
        }

        var shown = JsonNode.Parse(section.Root.GetRawText())!;
        foreach (var webhook in shown["webhooks"] as JsonArray ?? [])
            if (webhook is JsonObject fields && fields.ContainsKey("secret")) fields["secret"] = DriftConfigJson.HiddenSecret;
        json.WritePropertyName("drift");
        shown.WriteTo(json);
    }

    private static void WriteSection(Utf8JsonWriter json, string name, JsonSection? section)
    {
        if (section is null) return;
        json.WritePropertyName(name);
        section.Root.WriteTo(json);
    }

    private static void WriteType(Utf8JsonWriter json, Inference.TensorType type) =>
        json.WriteString("data_type", ModelConfigSchema.DataType.Names[DataTypes.ToNumber(type)]);

    private static void WriteNumbers(Utf8JsonWriter json, string name, ValueList<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers) json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, ValueMap<string, string> texts)
    {
        json.WriteStartObject(name);
        foreach (var (key, value) in texts) json.WriteString(key, value);
        json.WriteEndObject();
    }
}
