using System.Diagnostics.Metrics;

namespace Gateway.Rehearsals;

/// <summary>Meters that nobody else sees.</summary>
internal sealed class RehearsalMeters : IMeterFactory
{
    private readonly List<Meter> made = [];

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        var meter = new Meter(options);
        made.Add(meter);
        return meter;
    }

    public void Dispose()
    {
        foreach (var meter in made) meter.Dispose();
    }
}
