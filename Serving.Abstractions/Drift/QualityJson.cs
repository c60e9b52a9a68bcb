using System.Text.Json;

namespace Serving.Drift;

/// <summary>What is known of quality, as JSON.</summary>
public static class QualityJson
{
    public static void Write(Utf8JsonWriter json, FeedbackReceipt receipt)
    {
        json.WriteStartObject();
        json.WriteNumber("joined", receipt.Joined);
        json.WriteNumber("replaced", receipt.Replaced);
        json.WriteNumber("waiting", receipt.Waiting);
        json.WriteNumber("stale", receipt.Stale);
        json.WriteNumber("refused", receipt.Refused);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, QualityReport report)
    {
        json.WriteStartObject();
        json.WriteString("model", report.Model);
        json.WriteString("version", report.Version);
        json.WriteString("task", report.Task == QualityTask.Classification ? "classification" : "regression");
        json.WritePropertyName("window");
        Write(json, report.Window);
        json.WritePropertyName("since_load");
        Write(json, report.SinceLoad);
        json.WritePropertyName("feedback");
        Write(json, report.Feedback);
        Write(json, "baseline_error_rate", report.BaselineErrorRate);
        if (report.EValue is { } evidence)
        {
            json.WriteStartObject("e_value");
            json.WriteNumber("score", evidence.Score);
            Write(json, "threshold", evidence.Threshold);
            json.WriteEndObject();
        }

        json.WritePropertyName("alert");
        if (report.Alert is { } alert) DriftJson.Write(json, alert);
        else json.WriteNullValue();
        if (report.Nodes is { } nodes) DriftJson.Write(json, nodes);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, QualityScores scores)
    {
        json.WriteStartObject();
        json.WriteNumber("count", scores.Count);
        Write(json, "accuracy", scores.Accuracy);
        Write(json, "macro_f1", scores.MacroF1);
        Write(json, "auc", scores.Auc);
        Write(json, "mae", scores.MeanAbsoluteError);
        Write(json, "rmse", scores.RootMeanSquareError);
        Write(json, "r2", scores.R2);
        if (scores.Confusion is { } confusion) Write(json, confusion);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ConfusionMatrix confusion)
    {
        json.WriteStartObject("confusion");
        json.WriteStartArray("labels");
        foreach (var label in confusion.Labels) json.WriteStringValue(label);
        json.WriteEndArray();
        json.WriteStartArray("counts");
        foreach (var row in confusion.Counts)
        {
            json.WriteStartArray();
            foreach (var count in row) json.WriteNumberValue(count);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, FeedbackCounts feedback)
    {
        json.WriteStartObject();
        json.WriteNumber("answered", feedback.Answered);
        json.WriteNumber("joined", feedback.Joined);
        json.WriteNumber("waiting", feedback.Waiting);
        json.WriteNumber("expired", feedback.Expired);
        json.WriteNumber("unmatched", feedback.Unmatched);
        json.WriteNumber("coverage", feedback.Coverage);
        Write(json, "lag_median_seconds", feedback.LagMedian?.TotalSeconds);
        Write(json, "lag_p95_seconds", feedback.LagHigh?.TotalSeconds);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number)) json.WriteNumber(name, number);
    }
}
