using System.Collections.Concurrent;
using Serving.Drift.Observing;

namespace Grains.Drift;

/// <summary>
/// The numbers of the grains that watch and judge and are on this silo now: of each version exactly one silo has them, so that over all
/// silos they add up.
/// </summary>
internal sealed class MonitorNumbers
{
    private readonly ConcurrentDictionary<(string Model, string Version), (long? Windows, int Waiting)> watched = new();
    private readonly ConcurrentDictionary<string, IReadOnlyList<DriftNumbers>> judged = new(StringComparer.Ordinal);

    public IEnumerable<DriftNumbers> All =>
        watched.Select(one => new DriftNumbers(one.Key.Model, one.Key.Version, Dropped: null, one.Value.Windows, Accuracy: null)).Concat(judged.Values.SelectMany(one => one));

    /// <summary>Alerts that are not delivered yet.</summary>
    public int Waiting => watched.Values.Sum(one => one.Waiting);

    /// <summary>A monitor's numbers from now on.</summary>
    /// <param name="model">The model.</param>
    /// <param name="version">Its version.</param>
    /// <param name="windows">Windows closed; null when it compares nothing.</param>
    /// <param name="waiting">Alerts that are not delivered yet.</param>
    public void Set(string model, string version, long? windows, int waiting) => watched[(model, version)] = (windows, waiting);

    /// <summary>The monitor is here no longer.</summary>
    public void Forget(string model, string version) => watched.TryRemove((model, version), out _);

    /// <summary>How right the versions of a model are from now on.</summary>
    public void Judge(string model, IEnumerable<(string Version, double? Accuracy)> versions) =>
        judged[model] = [.. versions.Select(one => new DriftNumbers(model, one.Version, Dropped: null, Windows: null, one.Accuracy))];

    /// <summary>The model is judged here no longer.</summary>
    public void ForgetJudged(string model) => judged.TryRemove(model, out _);
}
