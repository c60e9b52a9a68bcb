using System.Text.Json;

namespace Serving.Drift;

/// <summary>What is known of drift, as JSON.</summary>
public static class DriftJson
{
    public static void Write(Utf8JsonWriter json, DriftReport report)
    {
        json.WriteStartObject();
        json.WriteString("model", report.Model);
        json.WriteString("version", report.Version);
        json.WritePropertyName("baseline");
        Write(json, report.Baseline);
        json.WriteNumber("dropped", report.Dropped);
        json.WriteStartArray("windows");
        foreach (var window in report.Windows) Write(json, window);
        json.WriteEndArray();
        Write(json, "alerts", report.Alerts);
        if (report.Nodes is { } nodes) Write(json, nodes);
        json.WriteEndObject();
    }

    /// <summary>Writes <c>{"models": [...]}</c>.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<DriftReport> reports)
    {
        json.WriteStartObject();
        json.WriteStartArray("models");
        foreach (var report in reports) Write(json, report);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Writes <c>{"events": [...]}</c>.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<DriftAlert> events)
    {
        json.WriteStartObject();
        Write(json, "events", events);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, BaselineStatus status)
    {
        json.WriteStartObject();
        if (status.Baseline is not null)
        {
            json.WritePropertyName("baseline");
            Write(json, status.Baseline);
        }

        if (status.Learning is not null)
        {
            json.WritePropertyName("learning");
            Write(json, status.Learning);
        }

        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, LearningProgress learning)
    {
        json.WriteStartObject();
        json.WriteNumber("requests", learning.Wanted);
        json.WriteNumber("seen", learning.Seen);
        json.WriteEndObject();
    }

    internal static void Write(Utf8JsonWriter json, IReadOnlyList<DriftNode> nodes)
    {
        json.WriteStartArray("nodes");
        foreach (var node in nodes)
        {
            json.WriteStartObject();
            json.WriteString("node", node.Node);
            json.WriteString("counted_until", node.CountedUntil.UtcDateTime);
            json.WriteBoolean("silent", node.IsSilent);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, BaselineInfo? baseline)
    {
        if (baseline is null)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        json.WriteString("hash", baseline.Hash);
        json.WriteNumber("count", baseline.Count);
        json.WriteBoolean("provisional", baseline.Provisional);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, DriftWindow window)
    {
        json.WriteStartObject();
        json.WriteString("start", window.Start.UtcDateTime);
        json.WriteString("end", window.End.UtcDateTime);
        json.WriteNumber("count", window.Count);
        json.WriteBoolean("open", window.Open);
        json.WriteNumber("drifted_share", window.DriftedShare);
        json.WriteStartArray("features");
        foreach (var feature in window.Features) Write(json, feature);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, FeatureReport feature)
    {
        json.WriteStartObject();
        json.WriteString("name", feature.Name);
        json.WriteString("kind", feature.Kind == FeatureKind.Numeric ? "numeric" : "categorical");
        json.WriteNumber("count", feature.Count);
        json.WriteNumber("missing", feature.Missing);
        json.WriteString("state", feature.State switch { FeatureState.Ok => "ok", FeatureState.Drifted => "drifted", _ => "insufficient" });
        if (feature.Reason is { } reason) json.WriteString("reason", reason);
        Write(json, "mean", feature.Mean);
        Write(json, "deviation", feature.Deviation);
        json.WriteStartObject("metrics");
        foreach (var (name, metric) in feature.Metrics)
        {
            json.WriteStartObject(name);
            json.WriteNumber("score", Finite(metric.Score));
            Write(json, "threshold", metric.Threshold);
            Write(json, "null", metric.Null);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<DriftAlert> alerts)
    {
        json.WriteStartArray(name);
        foreach (var alert in alerts) Write(json, alert);
        json.WriteEndArray();
    }

    public static void Write(Utf8JsonWriter json, DriftAlert alert)
    {
        json.WriteStartObject();
        json.WriteString("id", alert.Id);
        json.WriteString("feature", alert.Feature);
        json.WriteString("kind", NameOf(alert.Kind));
        json.WriteString("severity", alert.Severity == AlertSeverity.Page ? "page" : "ticket");
        json.WriteString("state", alert.State == AlertState.Raised ? "raised" : "cleared");
        json.WriteString("at", alert.At.UtcDateTime);
        json.WriteString("raised_at", alert.RaisedAt.UtcDateTime);
        json.WriteNumber("p", Finite(alert.P));
        json.WriteNumber("threshold", Finite(alert.Threshold));
        json.WriteNumber("effect", Finite(alert.Effect));
        json.WriteString("message", alert.Message);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && !double.IsNaN(number)) json.WriteNumber(name, Finite(number));
    }

    /// <summary>As documents and metrics write it.</summary>
    public static string NameOf(AlertKind kind) => kind switch
    {
        AlertKind.Drift => "drift",
        AlertKind.Missing => "missing",
        AlertKind.NotANumber => "not_a_number",
        AlertKind.Infinite => "infinite",
        AlertKind.OutOfRange => "out_of_range",
        AlertKind.Unseen => "unseen",
        AlertKind.Quality => "quality",
        _ => "constant",
    };

    /// <summary>JSON has no infinity.</summary>
    private static double Finite(double value) => double.IsNaN(value) ? 0 : Math.Clamp(value, double.MinValue, double.MaxValue);
}
