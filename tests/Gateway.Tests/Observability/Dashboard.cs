using System.Text.Encodings.Web;
using System.Text.Json;
using Gateway.Metrics;
using Serving.Telemetry;

namespace Gateway.Tests.Observability;

/// <summary>Grafana's dashboard. What no panel of choice shows gets a panel of its own at the end, so that every instrument is there.</summary>
internal static class Dashboard
{
    private const int Width = 12;
    private const int Height = 8;

    private static readonly JsonSerializerOptions Written = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly (string Title, Panel[] Panels)[] Sections =
    [
        ("Traffic",
        [
            new("Requests a second, by outcome", "reqps", (Metric.SumRate(GatewayInstruments.Requests, "protocol, code"), "{{protocol}} {{code}}")),
            new("Share of requests refused or failed", "percentunit",
                ($"sum({Metric.Rate(GatewayInstruments.Requests, "code!=\"ok\"")}) / sum({Metric.Rate(GatewayInstruments.Requests)})", "not ok")),
            new("Time of inference requests", "s",
                (Metric.Quantile(0.5, GatewayInstruments.Duration, "protocol", "operation=\"infer\""), "p50 {{protocol}}"),
                (Metric.Quantile(0.95, GatewayInstruments.Duration, "protocol", "operation=\"infer\""), "p95 {{protocol}}"),
                (Metric.Quantile(0.99, GatewayInstruments.Duration, "protocol", "operation=\"infer\""), "p99 {{protocol}}")),
            new("Requests under way", "short", ($"sum by (protocol) ({Metric.Of(GatewayInstruments.Active)})", "{{protocol}}")),
            new("Bytes of bodies a second", "Bps", (Metric.SumRate(GatewayInstruments.Transferred, "protocol, direction"), "{{protocol}} {{direction}}")),
            new("Refused at the door and over quota", "reqps",
                (Metric.SumRate(GatewayInstruments.AccessRefused, "reason"), "{{reason}}"),
                (Metric.SumRate(GatewayInstruments.QuotaRefused, "scope, limit"), "{{scope}} quota, {{limit}}")),
        ]),
        ("Models",
        [
            new("Requests a second, by variant and reason", "reqps",
                (Metric.SumRate(ServingInstruments.RoutedRequests, "model, version, variant, reason"), "{{model}} {{version}} {{variant}} {{reason}}")),
            new("Failures a second", "reqps",
                (Metric.SumRate(ServingInstruments.Requests, "model, version", "outcome=\"failure\""), "{{model}} {{version}}")),
            new("Rows a second", "rowsps", (Metric.SumRate(ServingInstruments.Rows, "model, version"), "{{model}} {{version}}")),
            new("p99 of time in the engine", "s", (Metric.Quantile(0.99, ServingInstruments.Duration, "model, version"), "{{model}} {{version}}")),
            new("p99 of time in the queue", "s", (Metric.Quantile(0.99, ServingInstruments.QueueDuration, "model, version"), "{{model}} {{version}}")),
            new("p99 of one run", "s", (Metric.Quantile(0.99, ServingInstruments.ComputeDuration, "model, version"), "{{model}} {{version}}")),
            new("Mean rows of a run", "short", (Metric.Mean(ServingInstruments.BatchSize, "model, version"), "{{model}} {{version}}")),
            new("Requests that wait", "short", ($"sum by (model, version) ({Metric.Of(ServingInstruments.QueueLength)})", "{{model}} {{version}}")),
            new("Share of requests answered from the cache", "percentunit",
                ($"{Metric.SumRate(ServingInstruments.CacheHits, "model, version")} / ({Metric.SumRate(ServingInstruments.CacheHits, "model, version")} + {Metric.SumRate(ServingInstruments.CacheMisses, "model, version")})",
                "{{model}} {{version}}")),
            new("State of versions", "short", ($"sum by (model, version, state) ({Metric.Of(ServingInstruments.VersionState)})", "{{model}} {{version}} {{state}}")),
            new("Memory of versions", "bytes", (Metric.Of(ServingInstruments.ModelMemory), "{{model}} {{version}}")),
        ]),
        ("Drift",
        [
            new("Share of drifted features", "percentunit", (Metric.Of(DriftNumbers.Share), "{{model}} {{version}}")),
            new("Effect, by feature", "short", (Metric.Of(DriftNumbers.Score, "statistic=\"effect\""), "{{model}} {{version}} {{feature}}")),
            new("Alerts that stand", "short", (Metric.Of(DriftNumbers.Alerts), "{{model}} {{version}} {{severity}}")),
        ]),
        ("Process",
        [
            new("Cores used", "short", ($"sum by (instance) ({Metric.Rate(Metric.Cpu)})", "{{instance}}")),
            new("Resident memory", "bytes", (Metric.Of(Metric.Memory), "{{instance}}")),
            new("Managed heap", "bytes", ($"sum by (instance) ({Metric.Of(Metric.Heap)})", "{{instance}}")),
            new("Share of time stopped for collections", "percentunit", (Metric.Rate(Metric.Pauses), "{{instance}}")),
            new("Work waiting for a thread", "short", (Metric.Of(Metric.PoolQueue), "{{instance}}")),
        ]),
    ];

    public static string Write()
    {
        var panels = new List<object>();
        var row = 0;
        foreach (var (title, section) in Sections.Append(("Everything else", Others())))
        {
            panels.Add(new { type = "row", title, collapsed = false, id = panels.Count + 1, gridPos = new { h = 1, w = 2 * Width, x = 0, y = row++ } });
            for (var i = 0; i < section.Length; i++)
            {
                panels.Add(Write(section[i], panels.Count + 1, i % 2 * Width, row));
                if (i % 2 == 1 || i == section.Length - 1) row += Height;
            }
        }

        return JsonSerializer.Serialize(
            new
            {
                uid = "orleans-serving",
                title = "OrleansServing",
                tags = new[] { "serving" },
                schemaVersion = 39,
                editable = true,
                refresh = "30s",
                time = new { from = "now-1h", to = "now" },
                templating = new
                {
                    list = new[] { new { name = "source", label = "Source", type = "datasource", query = "prometheus" } },
                },
                panels,
            }, Written);
    }

    /// <summary>Panels of the instruments that no other panel shows.</summary>
    private static Panel[] Others()
    {
        var shown = string.Join('\n', Sections.SelectMany(section => section.Panels).SelectMany(panel => panel.Queries).Select(query => query.Expression));
        return
        [
            .. Metric.All.Where(row => !shown.Contains(MetricName.Of(row.Name, row.Unit, row.Kind), StringComparison.Ordinal)).Select(row => new Panel(
                row.Meaning, row.Unit is "s" ? "s" : "short",
                (row.Kind == InstrumentKind.Gauge ? Metric.Of(row) : Metric.SumRate(row, string.Join(", ", row.Labels)),
                    string.Join(' ', row.Labels.Select(label => $"{{{{{MetricName.Sanitize(label)}}}}}"))))),
        ];
    }

    private static object Write(Panel panel, int id, int x, int y) => new
    {
        type = "timeseries",
        title = panel.Title,
        id,
        datasource = new { type = "prometheus", uid = "${source}" },
        gridPos = new { h = Height, w = Width, x, y },
        fieldConfig = new { defaults = new { unit = panel.Unit, min = 0 } },
        targets = panel.Queries.Select((query, i) => new
        {
            refId = ((char)('A' + i)).ToString(), expr = query.Expression, legendFormat = query.Legend, exemplar = query.Expression.Contains("_bucket", StringComparison.Ordinal),
        }),
    };
}
