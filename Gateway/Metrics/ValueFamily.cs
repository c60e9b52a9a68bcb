using System.Diagnostics.Metrics;
using Serving.Telemetry;

namespace Gateway.Metrics;

/// <summary>Numbers that are counted as things happen.</summary>
internal sealed class ValueFamily(Instrument instrument, InstrumentKind kind, bool isSet) : MetricFamily(instrument, kind)
{
    private readonly SeriesTable<ValueSeries> series = new(static () => new ValueSeries(), MostSeries);

    public override bool IsEmpty => series.IsEmpty;

    public override void Measure(long value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        if (isSet) series.Find(labels).Set(value);
        else series.Find(labels).Add(value);
    }

    public override void Measure(double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        if (isSet) series.Find(labels).Set(value);
        else series.Find(labels).Add(value);
    }

    public override void Write(ExpositionWriter writer)
    {
        foreach (var (labels, number) in series.Snapshot()) writer.Sample(this, labels, number.Value);
    }
}
