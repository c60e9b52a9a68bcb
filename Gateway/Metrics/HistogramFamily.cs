using System.Diagnostics;
using System.Diagnostics.Metrics;
using Serving.Telemetry;

namespace Gateway.Metrics;

/// <summary>Histograms with the buckets that the instrument advises.</summary>
/// <param name="instrument">What is measured.</param>
/// <param name="bounds">Upper bounds of the buckets.</param>
/// <param name="clock">The time of examples; null to keep none.</param>
internal sealed class HistogramFamily(Instrument instrument, double[] bounds, TimeProvider? clock)
    : MetricFamily(instrument, InstrumentKind.Histogram)
{
    private readonly SeriesTable<HistogramSeries> series = new(() => new HistogramSeries(bounds), MostSeries);

    public override bool IsEmpty => series.IsEmpty;

    public override void Measure(long value, ReadOnlySpan<KeyValuePair<string, object?>> labels) => Measure((double)value, labels);

    public override void Measure(double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        var stripe = Stripes.Current;
        series.Find(labels, stripe).Record(value, stripe, clock is null ? null : Example(value, clock));
    }

    public override void Write(ExpositionWriter writer)
    {
        foreach (var (labels, histogram) in series.Snapshot()) writer.Histogram(this, labels, bounds, histogram);
    }

    private static Exemplar? Example(double value, TimeProvider clock) => Activity.Current is { Recorded: true } activity
        ? new Exemplar(value, activity.TraceId, activity.SpanId, clock.GetUtcNow())
        : null;
}
