using System.Text.Json;
using Serving.Documents;

namespace Serving.Access.Quotas;

/// <summary>Limits as callers see and send them: <c>{"requests_per_second": 100, "concurrent": 8, "burst_seconds": 1}</c>.</summary>
public static class QuotaJson
{
    /// <summary>The largest rate, and number under way.</summary>
    public const double Most = 1e12;

    /// <summary>The longest burst.</summary>
    public const double MostBurstSeconds = 3600;

    private const double Least = 1e-3;
    private const double LeastBurstSeconds = 0.01;

    /// <summary>Reads a whole document; one that limits nothing is a fault.</summary>
    public static Outcome<QuotaLimits> Read(ReadOnlyMemory<byte> json)
    {
        var faults = new DocumentFaults();
        var limits = Read(DocumentFields.Parse(json, AccessLimits.MaxBytes, faults), faults);
        return faults.Any ? faults.ToError() : limits;
    }

    public static void Write(Utf8JsonWriter json, QuotaLimits limits)
    {
        json.WriteStartObject();
        Write(json, "requests_per_second", limits.RequestsPerSecond);
        Write(json, "rows_per_second", limits.RowsPerSecond);
        Write(json, "bytes_per_second", limits.BytesPerSecond);
        Write(json, "concurrent", limits.Concurrent);
        json.WriteNumber("burst_seconds", limits.BurstSeconds);
        json.WriteEndObject();
    }

    internal static QuotaLimits Read(DocumentFields fields, DocumentFaults faults)
    {
        var limits = new QuotaLimits
        {
            RequestsPerSecond = fields.Number("requests_per_second", Least, Most),
            RowsPerSecond = fields.Number("rows_per_second", Least, Most),
            BytesPerSecond = fields.Number("bytes_per_second", Least, Most),
            Concurrent = (int?)fields.Integer("concurrent", 1, int.MaxValue),
            BurstSeconds = fields.Number("burst_seconds", LeastBurstSeconds, MostBurstSeconds) ?? 1,
        };
        fields.RefuseOthers();
        if (limits.IsEmpty && !faults.Any)
            faults.Add("limits must have at least one of requests_per_second, rows_per_second, bytes_per_second, concurrent");
        return limits;
    }

    private static void Write(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
    }
}
