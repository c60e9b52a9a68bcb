using System.Text;
using Gateway.Metrics;
using Serving.Telemetry;

namespace Gateway.Tests.Observability;

/// <summary>Prometheus's alert rules.</summary>
internal static class AlertRules
{
    /// <summary>What the server, or a model, is to blame for.</summary>
    private const string Failures = "code=~\"internal|model_failed\"";

    private static readonly string Inferences = $"sum({Metric.Rate(GatewayInstruments.Requests, "operation=\"infer\"")})";

    public static readonly IReadOnlyList<AlertRule> All =
    [
        new("ServingAbsent", "page", "2m", $"absent({Metric.Of(GatewayInstruments.Build)})", "No server is scraped"),
        new("ServingFailing", "page", "5m",
            $"sum({Metric.Rate(GatewayInstruments.Requests, "operation=\"infer\"", Failures)}) / {Inferences} > 0.01",
            "{{ $value | humanizePercentage }} of inference requests fail"),
        new("ServingOverloaded", "page", "5m",
            $"sum({Metric.Rate(GatewayInstruments.Requests, "operation=\"infer\"", "code=~\"overloaded|deadline_exceeded\"")}) / {Inferences} > 0.01",
            "{{ $value | humanizePercentage }} of inference requests find a full queue or miss their deadline"),
        new("ServingSlow", "ticket", "10m",
            $"{Metric.Quantile(0.99, GatewayInstruments.Duration, "protocol", "operation=\"infer\"")} > 1",
            "One of a hundred inference requests over {{ $labels.protocol }} takes more than {{ $value | humanizeDuration }}"),
        new("ServingModelFailing", "ticket", "5m",
            $"{Metric.SumRate(ServingInstruments.Requests, "model, version", "outcome=\"failure\"")} / {Metric.SumRate(ServingInstruments.Requests, "model, version")} > 0.05",
            "{{ $value | humanizePercentage }} of the requests to {{ $labels.model }} version {{ $labels.version }} fail"),
        new("ServingModelUnavailable", "ticket", "10m",
            $"{Metric.Of(ServingInstruments.VersionState, "state=\"unavailable\"", "version!=\"\"")} == 1",
            "{{ $labels.model }} version {{ $labels.version }} is not served"),
        new("ServingQueueLong", "ticket", "5m",
            $"sum by (model, version) ({Metric.Of(ServingInstruments.QueueLength)}) > 1000",
            "{{ $value }} requests wait for {{ $labels.model }} version {{ $labels.version }}"),
        new("ServingDrift", "ticket", "1m",
            $"sum by (model, version) ({Metric.Of(DriftNumbers.Alerts)}) > 0",
            "The traffic of {{ $labels.model }} version {{ $labels.version }} has drifted from its baseline"),
        new("ServingDriftUrgent", "page", "1m",
            $"sum by (model, version) ({Metric.Of(DriftNumbers.Alerts, "severity=\"page\"")}) > 0",
            "The traffic of {{ $labels.model }} version {{ $labels.version }} differs much from its baseline"),
        new("ServingWrongCredentials", "ticket", "5m",
            $"sum({Metric.Rate(GatewayInstruments.AccessRefused, "reason=~\"unknown|malformed\"")}) > 1",
            "{{ $value | humanize }} requests a second come with wrong credentials"),
        new("ServingQuotaExhausted", "ticket", "15m",
            $"{Metric.SumRate(GatewayInstruments.QuotaRefused, "scope, limit")} > 1",
            "{{ $value | humanize }} requests a second are over the {{ $labels.limit }} limit of their {{ $labels.scope }}"),
        new("ServingCaptureLost", "ticket", "5m",
            $"{Metric.SumRate(GatewayInstruments.CapturedRequests, "model", "outcome=\"lost\"")} > 0",
            "Captured requests of {{ $labels.model }} are lost"),
        new("ServingThreadsStarved", "ticket", "5m",
            $"{Metric.Of(Metric.PoolQueue)} > 100",
            "{{ $value }} pieces of work wait for a thread"),
    ];

    public static string Write()
    {
        var yaml = new StringBuilder("""
            # Generated from the instrument lists; what each means and what to do: docs/operations.md.
            groups:
              - name: orleans-serving
                rules:

            """);
        foreach (var rule in All)
        {
            yaml.Append($"""
                      - alert: {rule.Name}
                        expr: '{rule.Expression}'
                        for: {rule.For}
                        labels:
                          severity: {rule.Severity}
                        annotations:
                          summary: '{rule.Summary}'

                """);
        }

        return yaml.ToString().ReplaceLineEndings("\n");
    }
}
