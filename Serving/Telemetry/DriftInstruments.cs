using System.Diagnostics.Metrics;
using Serving.Drift.Observing;

namespace Serving.Telemetry;

/// <summary>What only the engine knows of drift and quality, read from what the drift loop last published.</summary>
internal static class DriftInstruments
{
    public static readonly InstrumentRow Dropped = new(
        "serving.drift.dropped", InstrumentKind.Counter, "{observation}", "Observations that were not counted, since a queue was full or they came too late",
        "model", "version");

    public static readonly InstrumentRow Windows = new(
        "serving.drift.windows", InstrumentKind.Counter, "{window}", "Windows closed and tested",
        "model", "version");

    public static readonly InstrumentRow Accuracy = new(
        "serving.quality.accuracy", InstrumentKind.Gauge, "1", "Share of right answers among the last whose truth came",
        "model", "version");

    public static readonly InstrumentRow WebhooksWaiting = new(
        "serving.webhooks.waiting", InstrumentKind.Gauge, "{event}", "Events that are not delivered yet");

    /// <summary>All rows, for dashboards and documentation.</summary>
    public static readonly IReadOnlyList<InstrumentRow> All = [Dropped, Windows, Accuracy, WebhooksWaiting];

    /// <param name="meter">The engine's.</param>
    /// <param name="numbers">What was last published.</param>
    /// <param name="waiting">Events that are not delivered yet.</param>
    public static void Observe(Meter meter, Func<IReadOnlyList<DriftNumbers>> numbers, Func<int> waiting)
    {
        Dropped.Observe(meter, () => Counts(numbers(), static version => version.Dropped));
        Windows.Observe(meter, () => Counts(numbers(), static version => version.Windows));
        Accuracy.ObserveFractions(meter, () => numbers().Where(version => version.Accuracy is not null)
            .Select(version => new Measurement<double>(version.Accuracy!.Value, Labels(version))));
        WebhooksWaiting.Observe(meter, () => [new Measurement<long>(waiting())]);
    }

    private static IEnumerable<Measurement<long>> Counts(IReadOnlyList<DriftNumbers> numbers, Func<DriftNumbers, long?> read)
    {
        foreach (var version in numbers)
        {
            if (read(version) is { } count) yield return new Measurement<long>(count, Labels(version));
        }
    }

    private static KeyValuePair<string, object?>[] Labels(DriftNumbers version) => [new("model", version.Model), new("version", version.Version)];
}
