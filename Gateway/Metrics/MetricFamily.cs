using OpenTelemetry.Metrics;
using Serving.Telemetry;

namespace Gateway.Metrics;

/// <summary>One metric by the name, kind and unit that Prometheus knows it by.</summary>
/// <param name="metric">As OpenTelemetry's reader has it.</param>
internal sealed class MetricFamily(Metric metric)
{
    public Metric Metric { get; } = metric;

    public InstrumentKind Kind { get; } = KindOf(metric.MetricType);

    public string Name { get; } = MetricName.Of(metric.Name, metric.Unit, KindOf(metric.MetricType));

    public string Meaning => Metric.Description is { Length: > 0 } text ? text : Metric.Name;

    /// <summary>A counter's or gauge's number.</summary>
    public double Value(in MetricPoint point) => Metric.MetricType switch
    {
        MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong(),
        MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => point.GetSumDouble(),
        MetricType.LongGauge => point.GetGaugeLastValueLong(),
        _ => point.GetGaugeLastValueDouble(),
    };

    private static InstrumentKind KindOf(MetricType type) => type switch
    {
        MetricType.LongSum or MetricType.DoubleSum => InstrumentKind.Counter,
        MetricType.Histogram => InstrumentKind.Histogram,
        _ => InstrumentKind.Gauge,
    };
}
