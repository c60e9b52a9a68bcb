using Serving.Models.Config.Schema;
using Serving.Models.Config.Syntax;
using Serving.Models.Config.Values;

namespace Serving.Models.Config.Reading;

/// <summary>Turns a message that fits the schema into a <see cref="ModelConfig"/>, and checks what it says by itself.</summary>
internal static class ModelConfigBinder
{
    public static Outcome<ModelConfig> Bind(ConfigMessage message, ServingSection serving, string model, ConfigFaults faults)
    {
        if (message.Text("name") is { Length: > 0 } name && name != model)
            faults.Refuse(message.LineOf("name"),
                $"'name' is '{name}', but the model's folder is '{model}'; make them the same or leave 'name' out");
        Only(message, "platform", ModelConfig.OnnxPlatform, faults);
        Only(message, "backend", ModelConfig.OnnxBackend, faults);
        var maxBatchSize = message.Integer("max_batch_size");
        if (maxBatchSize < 0) faults.Refuse(message.LineOf("max_batch_size"), "'max_batch_size' must be 0 or more");
        var config = new ModelConfig
        {
            Name = model,
            Platform = message.Text("platform"),
            Backend = message.Text("backend"),
            VersionPolicy = Policy(message, faults),
            MaxBatchSize = (int)maxBatchSize,
            Input = TensorBinder.Inputs(message, faults),
            Output = TensorBinder.Outputs(message, faults),
            InstanceGroup = ExecutionBinder.InstanceGroups(message, faults),
            DefaultModelFilename = FileName(message, "default_model_filename", faults),
            MetricTags = message.TextMap("metric_tags"),
            DynamicBatching = message.Message("dynamic_batching") is { } batching ? BatchingBinder.Bind(batching, faults) : null,
            Parameters = new(message.Values("parameters").Select(entry =>
                KeyValuePair.Create((string)entry.Key!, ((ConfigMessage)entry.Value).Text("string_value")))),
            Optimization = ExecutionBinder.Optimization(message.Message("optimization"), faults),
            ModelWarmup = WarmupBinder.Bind(message, faults),
            ResponseCacheEnabled = message.Message("response_cache")?.Flag("enable") ?? false,
            ModelMetrics = Metrics(message.Message("model_metrics"), faults),
            Serving = serving,
        };
        if (faults.Any) return faults.ToError();
        return config with { Warnings = new(faults.Warnings.ToArray()) };
    }

    /// <summary>A file inside the model's folder: relative, and not leading out of it.</summary>
    public static string FileName(ConfigMessage message, string field, ConfigFaults faults)
    {
        var name = message.Text(field);
        if (Path.IsPathRooted(name) || name.Contains('\0') || name.Split('/', '\\').Any(part => part is ".." or ".") || name.EndsWith('/'))
            faults.Refuse(message.LineOf(field), $"'{field}' must name a file inside the model's folder, not '{name.Replace('\0', ' ')}'");
        return name;
    }

    private static void Only(ConfigMessage message, string field, string served, ConfigFaults faults)
    {
        if (message.Text(field) is { Length: > 0 } value && value != served)
            faults.Refuse(message.LineOf(field), $"'{field}' is '{value}', but only '{served}' is served here");
    }

    private static VersionPolicy Policy(ConfigMessage message, ConfigFaults faults)
    {
        var policy = message.Message("version_policy");
        if (policy?.Message("all") is not null) return new VersionPolicy.All();
        if (policy?.Message("specific") is { } specific)
        {
            var versions = specific.List<long>("versions");
            if (versions.Count == 0) faults.Refuse(specific.Line, "'version_policy.specific.versions' names no version");
            if (versions.Any(version => version < 1))
                faults.Refuse(specific.LineOf("versions"), "'version_policy.specific.versions' must be 1 or more each");
            return new VersionPolicy.Specific(new(versions.Distinct().Order().ToArray()));
        }

        var latest = policy?.Message("latest")?.Integer("num_versions") ?? 0;
        return latest <= 1 ? VersionPolicy.Default : new VersionPolicy.Latest((int)Math.Min(latest, int.MaxValue));
    }

    private static ValueList<HistogramConfig> Metrics(ConfigMessage? metrics, ConfigFaults faults)
    {
        if (metrics is null) return [];
        var histograms = new List<HistogramConfig>();
        foreach (var control in metrics.Messages("metric_control"))
        {
            var family = control.Message("metric_identifier")?.Text("family") ?? "";
            if (family.Length == 0) faults.Refuse(control.Line, "'model_metrics.metric_control' needs 'metric_identifier.family'");
            if (histograms.Any(other => other.Family == family))
                faults.Refuse(control.Line, $"'model_metrics' sets the buckets of '{family}' twice");
            var buckets = control.Message("histogram_options")?.List<double>("buckets") ?? [];
            if (!Rising(buckets))
                faults.Refuse(control.Line,
                    $"the buckets of '{family}' must be finite numbers, at least one, each larger than the one before");
            histograms.Add(new(family, buckets));
            if (histograms.Count > ConfigLimits.Reported)
            {
                faults.Refuse(control.Line, $"'model_metrics' has more than {ConfigLimits.Reported} entries");
                break;
            }
        }

        return new(histograms.ToArray());
    }

    private static bool Rising(ValueList<double> buckets)
    {
        for (var i = 0; i < buckets.Count; i++)
            if (!double.IsFinite(buckets[i]) || (i > 0 && buckets[i] <= buckets[i - 1])) return false;
        return buckets.Count > 0;
    }
}
