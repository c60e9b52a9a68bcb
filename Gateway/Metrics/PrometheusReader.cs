using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using Serving.Telemetry;

namespace Gateway.Metrics;

/// <summary>
/// What this process's instruments counted, as Prometheus reads it: OpenTelemetry's reader keeps the numbers and is asked when
/// somebody scrapes. It listens to the meters of its own host, to those of the runtime, and to nobody else's.
/// </summary>
/// <remarks>
/// A series that nobody counts any more keeps its number, as a counter should; an observable that is not told any more vanishes,
/// so that a model that is gone leaves no gauge behind.
/// </remarks>
internal sealed class PrometheusReader : IDisposable
{
    private const string Engine = "OrleansServing.Engine";
    private const string Runtime = "System.Runtime";

    /// <summary>Series of one metric, at the most; what is beyond falls into one that says so.</summary>
    private const int MostSeries = 2000;

    /// <summary>As above, of metrics that do not tell models apart. The reader takes the memory of all series at once.</summary>
    private const int MostOtherSeries = 300;

    /// <summary>Beside the engine's.</summary>
    private static readonly FrozenSet<string> OfModels =
        GatewayInstruments.All.Concat(DriftNumbers.All).Where(row => row.Labels.Contains("model")).Select(row => row.Name).ToFrozenSet();

    private readonly Lock gate = new();
    private readonly Collected collected = new();
    private readonly BaseExportingMetricReader reader;
    private readonly MeterProvider provider;

    /// <param name="scope">The host's meters; those of another host in the process are not listened to.</param>
    /// <param name="examples">Whether buckets are linked to traces.</param>
    /// <param name="mostSeries">Of one metric.</param>
    public PrometheusReader(IMeterFactory scope, bool examples, int mostSeries = MostSeries)
    {
        reader = new BaseExportingMetricReader(collected);
        provider = Listen(scope, examples, mostSeries).AddReader(reader).Build();
    }

    /// <summary>Begins a provider of the process's numbers, for whoever reads them.</summary>
    /// <param name="scope">The host's meters.</param>
    /// <param name="examples">Whether buckets are linked to traces.</param>
    /// <param name="mostSeries">Of one metric.</param>
    public static MeterProviderBuilder Listen(IMeterFactory scope, bool examples, int mostSeries = MostSeries) => Sdk.CreateMeterProviderBuilder()
        .AddMeter(Engine, GatewayInstruments.MeterName, Runtime, "Microsoft.AspNetCore.Server.Kestrel")
        .AddView(instrument => StreamOf(instrument, scope, mostSeries))
        .SetExemplarFilter(examples ? ExemplarFilterType.TraceBased : ExemplarFilterType.AlwaysOff);

    /// <summary>Writes every metric that has a series, by name.</summary>
    /// <exception cref="InvalidOperationException">The reader gave nothing.</exception>
    public void Write(ExpositionWriter writer)
    {
        lock (gate)
        {
            if (!reader.Collect())
                throw new InvalidOperationException("OpenTelemetry's reader gave no numbers: see whether OTEL_SDK_DISABLED is set.");
            foreach (var family in collected.Families.Values) writer.Family(family);
        }
    }

    public void Dispose() => provider.Dispose();

    /// <summary>The runtime's numbers are the process's and have no scope. Other meters without one were made by hand, as for a rehearsal.</summary>
    private static MetricStreamConfiguration StreamOf(Instrument instrument, IMeterFactory scope, int mostSeries)
    {
        var meter = instrument.Meter;
        if (meter.Name != Runtime && !ReferenceEquals(meter.Scope, scope)) return MetricStreamConfiguration.Drop;
        var most = Math.Min(mostSeries, meter.Name == Engine || OfModels.Contains(instrument.Name) ? MostSeries : MostOtherSeries);
        return instrument is not Histogram<double> histogram ? new MetricStreamConfiguration { CardinalityLimit = most }
            : new ExplicitBucketHistogramConfiguration
            {
                CardinalityLimit = most,
                Boundaries = [.. histogram.Advice?.HistogramBucketBoundaries ?? BucketBounds.Seconds],
                RecordMinMax = false,
            };
    }

    /// <summary>The numbers of the last reading, which stay until the next.</summary>
    private sealed class Collected : BaseExporter<Metric>
    {
        public SortedDictionary<string, MetricFamily> Families { get; } = new(StringComparer.Ordinal);

        public override ExportResult Export(in Batch<Metric> batch)
        {
            Families.Clear();
            foreach (var metric in batch)
            {
                // Of a meter that is made again both are told once: the later one counts.
                var family = new MetricFamily(metric);
                Families[family.Name] = family;
            }

            return ExportResult.Success;
        }
    }
}
