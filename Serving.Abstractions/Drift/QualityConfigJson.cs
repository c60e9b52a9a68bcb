using System.Text.Json;
using Serving.Documents;

namespace Serving.Drift;

/// <summary>Reads <c>serving.quality</c>, strictly: unknown fields are refused by name, all faults come in one error.</summary>
public static class QualityConfigJson
{
    private const int MaxNameLength = 256;

    public static Outcome<QualityConfig> Read(JsonElement section)
    {
        var faults = new DocumentFaults();
        var fields = DocumentFields.Read(section, "serving.quality", faults);
        var config = new QualityConfig
        {
            Output = fields.String("output", MaxNameLength),
            Task = ReadTask(fields, faults),
            BaselineErrorRate = fields.Number("baseline_error_rate", 0.0001, 0.9),
            Margin = fields.Number("margin", 0, 0.5),
            LearnFrom = (int?)fields.Integer("learn_from", 100, 100_000),
            Window = (int?)fields.Integer("window", 30, 100_000),
            RetentionSeconds = fields.Number("retention_seconds", 1, 2_592_000),
            Capacity = (int?)fields.Integer("capacity", 0, 1_000_000),
            EValue = fields.Number("e_value", 20, 1e12),
        };
        fields.RefuseOthers();
        return faults.Any ? faults.ToError() : config;
    }

    private static QualityTask? ReadTask(DocumentFields fields, DocumentFaults faults)
    {
        switch (fields.String("task", MaxNameLength))
        {
            case null: return null;
            case "classification": return QualityTask.Classification;
            case "regression": return QualityTask.Regression;
            default:
                faults.Add("serving.quality.task must be 'classification' or 'regression'");
                return null;
        }
    }
}
