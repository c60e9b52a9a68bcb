using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Serving.Drift.Observing;
using Serving.Inference;
using Serving.Models;

namespace Serving.Telemetry;

/// <summary>
/// Every instrument of the engine and its unit. What the versions count anyway is read from there when somebody looks; only
/// histograms, which cannot be read afterwards, are recorded as things happen, once a run or a request.
/// </summary>
/// <remarks>
/// Values of labels come from the model table, so that their number is bounded by what is served, whatever callers ask for.
/// </remarks>
internal sealed class ServingInstruments : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "OrleansServing.Engine";

    public static readonly InstrumentRow Requests = new(
        "serving.inference.requests", InstrumentKind.Counter, "{request}", "Requests that reached a version, by how they ended",
        "model", "version", "outcome");

    public static readonly InstrumentRow Rows = new(
        "serving.inference.rows", InstrumentKind.Counter, "{row}", "Rows that were inferred; a request of 64 rows counts 64",
        "model", "version");

    public static readonly InstrumentRow Executions = new(
        "serving.inference.executions", InstrumentKind.Counter, "{execution}", "Runs of the model; a batch counts once",
        "model", "version");

    public static readonly InstrumentRow Duration = new(
        "serving.inference.duration", InstrumentKind.Histogram, "s", "Time of a successful request in the engine, from arrival to answer",
        "model", "version") { Bounds = BucketBounds.Seconds };

    public static readonly InstrumentRow QueueDuration = new(
        "serving.inference.queue.duration", InstrumentKind.Histogram, "s", "Time that a successful request waited for its run",
        "model", "version") { Bounds = BucketBounds.Seconds };

    public static readonly InstrumentRow ComputeDuration = new(
        "serving.inference.compute.duration", InstrumentKind.Histogram, "s", "Time of one run: gathering rows, the model, handing rows back",
        "model", "version") { Bounds = BucketBounds.Seconds };

    public static readonly InstrumentRow BatchSize = new(
        "serving.inference.batch.size", InstrumentKind.Histogram, "{row}", "Rows of one run",
        "model", "version") { Bounds = BucketBounds.Rows };

    public static readonly InstrumentRow RoutedRequests = new(
        "serving.route.requests", InstrumentKind.Counter, "{request}", "Requests that ran or were answered from the cache, by the variant chosen and why",
        "model", "version", "variant", "reason");

    public static readonly InstrumentRow QueueLength = new(
        "serving.queue.requests", InstrumentKind.Gauge, "{request}", "Requests that wait for a session now",
        "model", "version");

    public static readonly InstrumentRow CacheHits = new(
        "serving.cache.hits", InstrumentKind.Counter, "{request}", "Requests answered from the response cache",
        "model", "version");

    public static readonly InstrumentRow CacheMisses = new(
        "serving.cache.misses", InstrumentKind.Counter, "{request}", "Requests that the response cache could not answer",
        "model", "version");

    public static readonly InstrumentRow VersionState = new(
        "serving.model.state", InstrumentKind.Gauge, "{version}", "1 for the state that a version is in",
        "model", "version", "state");

    public static readonly InstrumentRow ModelMemory = new(
        "serving.model.memory", InstrumentKind.Gauge, "By", "Resident bytes that loading the version added, as measured",
        "model", "version");

    /// <summary>All rows, for dashboards and documentation.</summary>
    public static readonly IReadOnlyList<InstrumentRow> All =
    [
        Requests, Rows, Executions, Duration, QueueDuration, ComputeDuration, BatchSize, RoutedRequests, QueueLength,
        CacheHits, CacheMisses, VersionState, ModelMemory, .. DriftInstruments.All,
    ];

    /// <summary>Versions that are told apart over the life of a process, as many as a metric has series.</summary>
    private const int MostVersions = 2000;

    private readonly Meter meter;
    private readonly Histogram<double> duration;
    private readonly Histogram<double> queueDuration;
    private readonly Histogram<double> computeDuration;
    private readonly Histogram<double> batchSize;
    private readonly ConcurrentDictionary<(string Model, string Version), VersionInstruments> versions = new();

    /// <param name="meters">Whose readers see the numbers; null for those of the whole process.</param>
    public ServingInstruments(IMeterFactory? meters)
    {
        meter = meters?.Create(new MeterOptions(MeterName)) ?? new Meter(MeterName);
        duration = Duration.CreateHistogram(meter);
        queueDuration = QueueDuration.CreateHistogram(meter);
        computeDuration = ComputeDuration.CreateHistogram(meter);
        batchSize = BatchSize.CreateHistogram(meter);
        RoutedRequests.Observe(meter, Routes);
    }

    /// <summary>Whether it is one of these.</summary>
    public bool Has(Instrument instrument) => instrument.Meter == meter;

    /// <summary>What is measured of one version, however often it is loaded. Past the limit all others are one.</summary>
    public VersionInstruments For(string model, string version) =>
        !versions.ContainsKey((model, version)) && versions.Count >= MostVersions ? Of("(others)", "") : Of(model, version);

    /// <summary>From now on, readers also see what the versions of this process have counted, and the state of every version.</summary>
    /// <param name="served">The versions that are loaded in this process.</param>
    /// <param name="index">Every version that is known, loaded or not.</param>
    public void Observe(Func<IEnumerable<ServedVersion>> served, Func<IEnumerable<ModelIndexEntry>> index)
    {
        Requests.Observe(meter, () => Outcomes(served()));
        Observe(Rows, served, static version => (long)version.ReadStatistics().InferenceCount);
        Observe(Executions, served, static version => (long)version.ReadStatistics().ExecutionCount);
        Observe(CacheHits, served, static version => (long)version.ReadStatistics().CacheHit.Count);
        Observe(CacheMisses, served, static version => (long)version.ReadStatistics().CacheMiss.Count);
        Observe(ModelMemory, served, static version => version.MemoryBytes);
        Observe(QueueLength, served, static version => version.Loop.Waiting);
        VersionState.Observe(meter, () => States(index()));
    }

    /// <summary>From now on, readers also see what is known of drift and quality.</summary>
    /// <param name="drift">What was last counted.</param>
    /// <param name="webhooks">Events that are not delivered yet.</param>
    public void Observe(Func<IReadOnlyList<DriftNumbers>> drift, Func<int> webhooks) => DriftInstruments.Observe(meter, drift, webhooks);

    public void Dispose()
    {
        Tell();
        meter.Dispose();
    }

    private VersionInstruments Of(string model, string version) => versions.GetOrAdd((model, version), key => new VersionInstruments(
        duration, queueDuration, computeDuration, batchSize, new("model", key.Model), new("version", key.Version)));

    /// <summary>Tells what waits to be told, and gives the counts: the one observer that every reader asks.</summary>
    private IEnumerable<Measurement<long>> Routes()
    {
        Tell();
        return versions.Values.SelectMany(static version => version.Routes);
    }

    private void Tell()
    {
        foreach (var version in versions.Values) version.Tell();
    }

    private static IEnumerable<Measurement<long>> Outcomes(IEnumerable<ServedVersion> served)
    {
        foreach (var (labels, copies) in ByVersion(served))
        {
            yield return new(copies.Sum(static copy => (long)copy.ReadStatistics().Success.Count), [.. labels, new("outcome", "success")]);
            yield return new(copies.Sum(static copy => (long)copy.ReadStatistics().Fail.Count), [.. labels, new("outcome", "failure")]);
        }
    }

    private static IEnumerable<Measurement<long>> States(IEnumerable<ModelIndexEntry> index)
    {
        foreach (var row in index)
        {
            // A model without a version is one that was never loaded; its configuration is at fault, or nobody asked for it.
            var state = row.State.ToString().ToLowerInvariant();
            yield return new(1, new("model", row.Name), new("version", row.Version ?? ""), new("state", state));
        }
    }

    /// <summary>Each version with its copies: while one is replaced by another of the same number, there are two.</summary>
    private static IEnumerable<(KeyValuePair<string, object?>[] Labels, IEnumerable<ServedVersion> Copies)> ByVersion(IEnumerable<ServedVersion> served) =>
        from copy in served
        group copy by (copy.Metadata.Name, copy.Metadata.Version) into copies
        select (new KeyValuePair<string, object?>[] { new("model", copies.Key.Name), new("version", copies.Key.Version) }, copies.AsEnumerable());

    private void Observe(InstrumentRow row, Func<IEnumerable<ServedVersion>> served, Func<ServedVersion, long> read) =>
        row.Observe(meter, () => ByVersion(served()).Select(version => new Measurement<long>(version.Copies.Sum(read), version.Labels)));
}
