using System.Collections.Frozen;
using Grains.Drift;
using Serving;

namespace Grains.Routing;

/// <summary>All models as this process's requests see them at one moment: an immutable snapshot that the feed swaps whole.</summary>
internal sealed class ClusterTable(FrozenDictionary<string, ClusterModel> models, IReadOnlyList<WatchRow> watches, bool allReady)
{
    public static readonly ClusterTable Empty = new(FrozenDictionary<string, ClusterModel>.Empty, [], allReady: false);

    public FrozenDictionary<string, ClusterModel> Models { get; } = models;

    /// <summary>Versions whose requests are to be observed.</summary>
    public IReadOnlyList<WatchRow> Watches { get; } = watches;

    /// <summary>The repository was read, and no model of it is still on its way for the first time.</summary>
    public bool AllReady { get; } = allReady;

    /// <summary>Until all models are known, one that is not may yet come.</summary>
    public Outcome<ClusterModel> Find(string model) => Models.TryGetValue(model, out var found) ? found
        : AllReady ? ServingError.ModelNotFound(model)
        : ServingError.NotReady(model, null, "this silo does not know all models of the cluster yet");

    /// <summary>The ready versions that are watched, by model and number.</summary>
    public IEnumerable<(string Model, string Version)> Watched() => WatchOrder.Of(Watches, (model, version) => Models.GetValueOrDefault(model)?.Find(version) is not null);

    public Outcome<ClusterVersion> Find(string model, string? version) =>
        Find(model).TryGetValue(out var found, out var error) ? found.Resolve(version) : error;

    /// <summary>The number that a model's version, by number or label, stands for.</summary>
    public Outcome<string> NumberOf(string model, string version) =>
        Find(model, version).TryGetValue(out var found, out var error) ? found.Metadata.Version : error;
}
