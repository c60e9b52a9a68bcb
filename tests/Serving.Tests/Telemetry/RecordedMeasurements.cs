using System.Diagnostics.Metrics;

namespace Serving.Tests.Telemetry;

/// <summary>A host's meters, and everything that was measured with them.</summary>
internal sealed class RecordedMeasurements : IMeterFactory
{
    private readonly MeterListener listener = new();
    private readonly List<(string Name, double Value, string Labels)> measured = [];
    private readonly List<Meter> meters = [];
    private readonly HashSet<string> observed = [];

    public RecordedMeasurements()
    {
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, this)) self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, labels, _) => Add(instrument, value, labels));
        listener.SetMeasurementEventCallback<double>((instrument, value, labels, _) => Add(instrument, value, labels));
        listener.Start();
    }

    public Meter Create(MeterOptions options)
    {
        var meter = new Meter(new MeterOptions(options.Name) { Scope = this });
        meters.Add(meter);
        return meter;
    }

    /// <summary>Asks the observable instruments, and gives all there is of one instrument, labels such as <c>model=iris,version=1</c>.</summary>
    public IReadOnlyList<(double Value, string Labels)> Of(string instrument)
    {
        lock (measured) measured.RemoveAll(m => observed.Contains(m.Name));
        listener.RecordObservableInstruments();
        lock (measured) return [.. measured.Where(m => m.Name == instrument).Select(m => (m.Value, m.Labels))];
    }

    public void Dispose()
    {
        listener.Dispose();
        foreach (var meter in meters) meter.Dispose();
    }

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        var text = string.Join(',', labels.ToArray().Select(label => $"{label.Key}={label.Value}"));
        lock (measured)
        {
            if (instrument.IsObservable) observed.Add(instrument.Name);
            measured.Add((instrument.Name, value, text));
        }
    }
}
