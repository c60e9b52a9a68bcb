using System.Text.Json;
using Serving.Documents;

namespace Serving.Drift;

/// <summary>Reads <c>serving.drift</c>, strictly: unknown fields are refused by name, all faults come in one error.</summary>
public static class DriftConfigJson
{
    /// <summary>Stands for a secret where the configuration is shown.</summary>
    public const string HiddenSecret = "(hidden)";

    private const int MaxWebhooks = 8;
    private const int MaxUrlLength = 2048;
    private const int MaxSecretLength = 1024;
    private const int MaxTensors = 64;
    private const int MaxNames = 256;
    private const int MaxNameLength = 256;

    public static Outcome<DriftConfig> Read(JsonElement section)
    {
        var faults = new DocumentFaults();
        var fields = DocumentFields.Read(section, "serving.drift", faults);
        var window = fields.Object("window");
        var count = window?.Integer("count", 1, 10_000_000);
        var seconds = window?.Number("seconds", 1, 86_400);
        if (window is not null && window.Has("count") == window.Has("seconds"))
            faults.Add("serving.drift.window needs either 'count', rows of a window, or 'seconds'");
        window?.RefuseOthers();
        var config = new DriftConfig
        {
            WindowCount = (int?)count,
            WindowSeconds = seconds,
            Sampling = fields.Number("sampling", 0, 1, aboveMin: true) ?? 1,
            FalseAlerts = fields.Number("false_alerts", 0, 1_000_000, aboveMin: true),
            TicketEffect = fields.Number("ticket_effect", 0, 10),
            PageEffect = fields.Number("page_effect", 0, 10),
            EValue = fields.Number("e_value", 20, 1e12),
            LeastCount = (int?)fields.Integer("least_count", 30, 1_000_000),
            RaiseAfter = (int?)fields.Integer("raise_after", 1, 100),
            ClearAfter = (int?)fields.Integer("clear_after", 1, 12),
            SuppressionSeconds = fields.Number("suppression_seconds", 0, 2_592_000),
            WindowsKept = (int?)fields.Integer("windows_kept", 1, 1000),
            Numeric = ReadKind(fields, "numeric", ["psi", "js", "ks", "w1"], faults),
            Categorical = ReadKind(fields, "categorical", ["psi", "js"], faults),
            Latency = ReadSwitch(fields, "latency", faults),
            BaselineTimeOrdered = ReadSwitch(fields, "baseline_time_ordered", faults),
            Features = ReadFeatures(fields, faults),
            Webhooks = ReadWebhooks(fields, faults),
        };
        fields.RefuseOthers();
        return faults.Any ? faults.ToError() : config;
    }

    private static bool ReadSwitch(DocumentFields fields, string name, DocumentFaults faults)
    {
        if (fields.Take(name) is not { } value) return false;
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False)) faults.Add($"{fields.PathOf(name)} must be true or false");
        return value.ValueKind == JsonValueKind.True;
    }

    /// <summary>What is otherwise for one kind of features; of the distances, which decide nothing, those that reports show.</summary>
    private static KindConfig ReadKind(DocumentFields fields, string name, string[] distances, DocumentFaults faults)
    {
        if (fields.Object(name) is not { } kind) return KindConfig.None;
        List<string>? metrics = kind.Has("metrics") ? [] : null;
        foreach (var (metric, path) in kind.Array("metrics", distances.Length))
        {
            if (metric.ValueKind == JsonValueKind.String && Array.IndexOf(distances, metric.GetString()) >= 0) metrics!.Add(metric.GetString()!);
            else faults.Add($"{path} must be one of {string.Join(", ", distances)}; p, effect and e_value are always there");
        }

        var config = new KindConfig(
            kind.Number("ticket_effect", 0, 10), kind.Number("page_effect", 0, 10), kind.Number("e_value", 20, 1e12), metrics);
        kind.RefuseOthers();
        return config;
    }

    private static List<WebhookConfig> ReadWebhooks(DocumentFields fields, DocumentFaults faults)
    {
        var webhooks = new List<WebhookConfig>();
        foreach (var (webhook, path) in fields.Objects("webhooks", MaxWebhooks))
        {
            var url = webhook.String("url", MaxUrlLength, required: true);
            var secret = webhook.String("secret", MaxSecretLength);
            var variable = webhook.String("secret_env", MaxNameLength);
            webhook.RefuseOthers();
            if (secret is not null && variable is not null) faults.Add($"{path} needs either 'secret' or 'secret_env', not both");
            if (secret is "" or HiddenSecret) faults.Add($"{path}.secret must be the secret itself; or name the environment variable that holds it as 'secret_env'");
            if (url is null) continue;
            if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || address.UserInfo.Length > 0)
                faults.Add($"{path}.url must be an absolute http or https address without credentials");
            else if (webhooks.Exists(other => other.Url == address))
                faults.Add($"{path}.url is given twice");
            else
                webhooks.Add(new WebhookConfig(address, secret, variable));
        }

        return webhooks;
    }

    private static Dictionary<string, IReadOnlyList<string>> ReadFeatures(DocumentFields fields, DocumentFaults faults)
    {
        var features = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (fields.Take("features") is not { } section) return features;
        if (section.ValueKind != JsonValueKind.Object)
        {
            faults.Add("serving.drift.features must be an object with a list of names for each tensor");
            return features;
        }

        foreach (var tensor in section.EnumerateObject())
        {
            if (features.Count == MaxTensors || ReadNames(tensor.Value) is not { } names)
                faults.Add($"serving.drift.features.{tensor.Name} must be a list of 1 to {MaxNames} different names, one for each column; at most {MaxTensors} tensors");
            else features[tensor.Name] = names;
        }

        return features;
    }

    private static List<string>? ReadNames(JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is 0 or > MaxNames) return null;
        var names = new List<string>();
        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String || item.GetString() is not { Length: > 0 and <= MaxNameLength } name || names.Contains(name)) return null;
            names.Add(name);
        }

        return names;
    }
}
