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
        var stripe = Stripes.Current;
        if (isSet) series.Find(labels, stripe).Set(value);
        else series.Find(labels, stripe).Add(value, stripe);
    }

    public override void Measure(double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        var one = series.Find(labels, Stripes.Current);
        if (isSet) one.Set(value);
        else one.Add(value);
    }

    public override void Write(ExpositionWriter writer)
    {
        foreach (var (labels, number) in series.Snapshot()) writer.Sample(this, labels, number.Value);
    }
}
