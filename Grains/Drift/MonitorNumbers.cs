using System.Collections.Concurrent;
using Serving.Drift.Observing;

namespace Grains.Drift;

/// <summary>The numbers of the monitors that are on this silo now: of each version exactly one silo has them.</summary>
internal sealed class MonitorNumbers
{
    private readonly ConcurrentDictionary<(string Model, string Version), DriftNumbers> numbers = new();

    public IEnumerable<DriftNumbers> All => numbers.Values;

    /// <summary>A monitor's numbers from now on; null when it compares nothing, or is here no longer.</summary>
    public void Set(string model, string version, long? windows)
    {
        if (windows is null) numbers.TryRemove((model, version), out _);
        else numbers[(model, version)] = new DriftNumbers(model, version, Dropped: null, windows, Accuracy: null);
    }
}
