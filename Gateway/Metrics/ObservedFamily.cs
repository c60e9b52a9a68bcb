using System.Diagnostics.Metrics;
using Serving.Telemetry;

namespace Gateway.Metrics;

/// <summary>Numbers that are asked for at each reading. What is not told any more is not written any more.</summary>
internal sealed class ObservedFamily(Instrument instrument, InstrumentKind kind) : MetricFamily(instrument, kind)
{
    private readonly SortedDictionary<string, double> values = new(StringComparer.Ordinal);

    public override bool IsEmpty => values.Count == 0;

    public override void BeginReading() => values.Clear();

    public override void Measure(long value, ReadOnlySpan<KeyValuePair<string, object?>> labels) => Measure((double)value, labels);

    public override void Measure(double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        // Several with the same labels are one number: its parts add up.
        var text = values.Count < MostSeries ? LabelText.Of(labels) : LabelText.Overflow;
        values[text] = values.GetValueOrDefault(text) + value;
    }

    public override void Write(ExpositionWriter writer)
    {
        foreach (var (labels, value) in values) writer.Sample(this, labels, value);
    }
}
