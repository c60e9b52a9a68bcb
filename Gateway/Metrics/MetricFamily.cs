using System.Diagnostics.Metrics;
using Serving.Telemetry;

namespace Gateway.Metrics;

/// <summary>One instrument's numbers, and how they are written.</summary>
internal abstract class MetricFamily(Instrument instrument, InstrumentKind kind)
{
    /// <summary>Series of one metric, at the most.</summary>
    public const int MostSeries = 2000;

    public Instrument Instrument { get; } = instrument;

    public string Name { get; } = MetricName.Of(instrument.Name, instrument.Unit, kind);

    public InstrumentKind Kind { get; } = kind;

    /// <summary>One value, as the instrument's caller or its callback gives it.</summary>
    public abstract void Measure(long value, ReadOnlySpan<KeyValuePair<string, object?>> labels);

    /// <summary>As above, of an instrument that counts in fractions.</summary>
    public abstract void Measure(double value, ReadOnlySpan<KeyValuePair<string, object?>> labels);

    /// <summary>Nothing was measured yet: the family is not written.</summary>
    public abstract bool IsEmpty { get; }

    /// <summary>A reading begins: what is asked for will be measured anew.</summary>
    public virtual void BeginReading()
    {
    }

    public abstract void Write(ExpositionWriter writer);
}
