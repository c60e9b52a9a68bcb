using System.Diagnostics.Metrics;

namespace Serving.Telemetry;

/// <summary>One thing that is measured: the row from which the instrument, its exposition and the dashboards all follow.</summary>
/// <param name="Name">Dotted, such as <c>serving.inference.duration</c>.</param>
/// <param name="Kind">How the number behaves.</param>
/// <param name="Unit">A UCUM code: <c>s</c>, <c>By</c>, or what is counted in braces, such as <c>{request}</c>.</param>
/// <param name="Meaning">One sentence without a full stop.</param>
/// <param name="Labels">What tells its series apart. Their values come from bounded sets only, never from a caller.</param>
public sealed record InstrumentRow(
    string Name, InstrumentKind Kind, string Unit, string Meaning, params IReadOnlyList<string> Labels)
{
    /// <summary>Of a histogram, the upper bounds of its buckets, rising; the last bucket has none.</summary>
    public IReadOnlyList<double> Bounds { get; init; } = [];

    public Counter<long> CreateCounter(Meter meter) => meter.CreateCounter<long>(Name, Unit, Meaning);

    public Histogram<double> CreateHistogram(Meter meter) => meter.CreateHistogram(
        Name, Unit, Meaning, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = Bounds });

    /// <summary>An instrument whose values are asked for when somebody looks, and cost nothing in between.</summary>
    public void Observe(Meter meter, Func<IEnumerable<Measurement<long>>> read)
    {
        if (Kind == InstrumentKind.Counter) meter.CreateObservableCounter(Name, read, Unit, Meaning);
        else meter.CreateObservableGauge(Name, read, Unit, Meaning);
    }

    /// <summary>As <see cref="Observe"/>, of a gauge that is not a whole number.</summary>
    public void ObserveFractions(Meter meter, Func<IEnumerable<Measurement<double>>> read) => meter.CreateObservableGauge(Name, read, Unit, Meaning);
}
