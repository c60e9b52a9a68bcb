using System.Diagnostics.Metrics;
using Serving;
using Serving.Drift;
using Serving.Telemetry;

namespace Gateway.Metrics;

/// <summary>
/// How far each version's traffic is from its baseline, as numbers. The engine is asked when somebody looks and the last answer is
/// old: a look shows what was known at the look before, unless it asked first (<see cref="RefreshAsync"/>).
/// </summary>
internal sealed class DriftNumbers
{
    /// <summary>How old an answer may be before it is asked for again.</summary>
    private static readonly TimeSpan Old = TimeSpan.FromSeconds(5);

    public static readonly InstrumentRow Share = new(
        "serving.drift.share", InstrumentKind.Gauge, "1", "Drifted features over all features, in the newest window",
        "model", "version");

    public static readonly InstrumentRow Score = new(
        "serving.drift.score", InstrumentKind.Gauge, "1", "How far a feature is from its baseline in the newest window, by statistic",
        "model", "version", "feature", "statistic");

    public static readonly InstrumentRow Alerts = new(
        "serving.drift.alerts", InstrumentKind.Gauge, "{alert}", "Alerts that stand, by severity",
        "model", "version", "severity");

    /// <summary>All rows, for dashboards and documentation.</summary>
    public static readonly IReadOnlyList<InstrumentRow> All = [Share, Score, Alerts];

    private static readonly string[] Severities = [.. Enum.GetNames<AlertSeverity>().Select(name => name.ToLowerInvariant())];

    private readonly IServingEngine engine;
    private readonly TimeProvider clock;
    private IReadOnlyList<DriftReport> reports = [];
    private long asked;

    public DriftNumbers(IServingEngine engine, IMeterFactory meters, TimeProvider clock)
    {
        (this.engine, this.clock) = (engine, clock);
        var meter = meters.Create(new MeterOptions(GatewayInstruments.MeterName));
        Share.ObserveFractions(meter, () => Newest().Select(at => new Measurement<double>(at.Window.DriftedShare, Labels(at.Report))));
        Score.ObserveFractions(meter, () => Newest().SelectMany(at => Scores(at.Report, at.Window)));
        Alerts.Observe(meter, () => Reports().SelectMany(AlertsOf));
    }

    /// <summary>Asks now, so that the next look is up to date.</summary>
    public async ValueTask RefreshAsync(CancellationToken cancellationToken)
    {
        Volatile.Write(ref asked, clock.GetTimestamp());
        if ((await engine.Drift.ListAsync(cancellationToken)).TryGetValue(out var read, out _)) Volatile.Write(ref reports, read);
    }

    private static IEnumerable<Measurement<double>> Scores(DriftReport report, DriftWindow window) =>
        from feature in window.Features
        from metric in feature.Metrics
        where metric.Key is "effect" or "psi"
        select new Measurement<double>(
            metric.Value.Score, [.. Labels(report), new("feature", feature.Name), new("statistic", metric.Key)]);

    private static IEnumerable<Measurement<long>> AlertsOf(DriftReport report) => Severities.Select(severity => new Measurement<long>(
        report.Alerts.Count(alert => string.Equals(alert.Severity.ToString(), severity, StringComparison.OrdinalIgnoreCase)),
        [.. Labels(report), new("severity", severity)]));

    private static KeyValuePair<string, object?>[] Labels(DriftReport report) => [new("model", report.Model), new("version", report.Version)];

    private IEnumerable<(DriftReport Report, DriftWindow Window)> Newest() =>
        Reports().Where(report => report.Windows.Count > 0).Select(report => (report, report.Windows[0]));

    private IReadOnlyList<DriftReport> Reports()
    {
        if (clock.GetElapsedTime(Volatile.Read(ref asked)) > Old) _ = RefreshAsync(CancellationToken.None).AsTask();
        return Volatile.Read(ref reports);
    }
}
