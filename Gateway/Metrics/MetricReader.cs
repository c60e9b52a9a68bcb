using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Serving.Telemetry;

namespace Gateway.Metrics;

/// <summary>
/// Keeps the numbers of this process's instruments, and writes them when Prometheus asks. It listens to the meters of its own
/// host, to those of the runtime, and to nobody else's.
/// </summary>
/// <remarks>
/// Recording (on any thread): the instrument gives the family back that it was enabled with, the family finds the series by its
/// labels without a lock, the series counts in a copy of the core's own. Reading (one at a time): observable instruments are
/// asked, then every family is written. A series that nobody counts any more keeps its number, as a counter should; an
/// observable that is not told any more vanishes, so that a model that is gone leaves no gauge behind.
/// </remarks>
internal sealed class MetricReader : IDisposable
{
    /// <summary>Names of the meters that are listened to.</summary>
    public static readonly IReadOnlySet<string> Meters = new HashSet<string>
    {
        "OrleansServing.Engine", GatewayInstruments.MeterName, Runtime, "Microsoft.AspNetCore.Server.Kestrel",
    };

    private const string Runtime = "System.Runtime";

    private readonly Lock gate = new();
    private readonly MeterListener listener = new();
    private readonly IMeterFactory scope;
    private readonly TimeProvider? exampleClock;

    // Swapped, not locked: instruments are published under a lock of the runtime's.
    private ImmutableSortedDictionary<string, MetricFamily> families =
        ImmutableSortedDictionary.Create<string, MetricFamily>(StringComparer.Ordinal);

    /// <param name="scope">The host's meters; those of another host in the process are not listened to.</param>
    /// <param name="exampleClock">The time of examples; null when there are no traces to link to.</param>
    public MetricReader(IMeterFactory scope, TimeProvider? exampleClock)
    {
        this.scope = scope;
        this.exampleClock = exampleClock;
        listener.InstrumentPublished = Publish;
        listener.MeasurementsCompleted = (_, state) => Remove((MetricFamily)state!);
        listener.SetMeasurementEventCallback<int>(static (_, value, labels, family) => ((MetricFamily)family!).Measure((long)value, labels));
        listener.SetMeasurementEventCallback<long>(static (_, value, labels, family) => ((MetricFamily)family!).Measure(value, labels));
        listener.SetMeasurementEventCallback<double>(static (_, value, labels, family) => ((MetricFamily)family!).Measure(value, labels));
        listener.Start();
    }

    /// <summary>Writes every family that has a sample.</summary>
    public void Write(ExpositionWriter writer)
    {
        lock (gate)
        {
            var known = Volatile.Read(ref families).Values;
            foreach (var family in known) family.BeginReading();
            listener.RecordObservableInstruments();
            foreach (var family in known)
            {
                if (!family.IsEmpty) writer.Family(family);
            }
        }
    }

    public void Dispose() => listener.Dispose();

    private void Publish(Instrument instrument, MeterListener publisher)
    {
        var meter = instrument.Meter;
        if (!Meters.Contains(meter.Name) || !IsOurs(meter)) return;
        if (Create(instrument) is not { } family) return;
        if (ImmutableInterlocked.Update(ref families, static (all, one) => all.ContainsKey(one.Name) ? all : all.Add(one.Name, one), family))
            publisher.EnableMeasurementEvents(instrument, family);
    }

    /// <summary>The runtime's numbers are the process's and have no scope. Other meters without one were made by hand, as for a rehearsal.</summary>
    private bool IsOurs(Meter meter) => meter.Name == Runtime || ReferenceEquals(meter.Scope, scope);

    private void Remove(MetricFamily family) => ImmutableInterlocked.Update(ref families, static (all, name) => all.Remove(name), family.Name);

    /// <summary>Null for a kind of instrument or number that nothing here uses.</summary>
    private MetricFamily? Create(Instrument instrument) => instrument switch
    {
        Histogram<double> histogram => new HistogramFamily(instrument, Bounds(histogram.Advice), exampleClock),
        Counter<long> or Counter<double> => new ValueFamily(instrument, InstrumentKind.Counter, isSet: false),
        UpDownCounter<long> or UpDownCounter<int> => new ValueFamily(instrument, InstrumentKind.Gauge, isSet: false),
        Gauge<long> or Gauge<double> => new ValueFamily(instrument, InstrumentKind.Gauge, isSet: true),
        ObservableCounter<long> or ObservableCounter<int> or ObservableCounter<double> => new ObservedFamily(instrument, InstrumentKind.Counter),
        ObservableGauge<long> or ObservableGauge<int> or ObservableGauge<double> => new ObservedFamily(instrument, InstrumentKind.Gauge),
        ObservableUpDownCounter<long> or ObservableUpDownCounter<int> or ObservableUpDownCounter<double> =>
            new ObservedFamily(instrument, InstrumentKind.Gauge),
        _ => null,
    };

    private static double[] Bounds(InstrumentAdvice<double>? advice) =>
        [.. advice?.HistogramBucketBoundaries ?? BucketBounds.Seconds];
}
