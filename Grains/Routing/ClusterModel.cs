using System.Collections.Frozen;
using Serving;
using Serving.Models;
using Serving.Routing;

namespace Grains.Routing;

/// <summary>One model as requests see it: its routes, its ready versions and their replicas. Immutable.</summary>
internal sealed class ClusterModel
{
    private readonly FrozenDictionary<string, ClusterVersion> versions;

    /// <param name="row">The model.</param>
    /// <param name="ready">Its ready versions.</param>
    /// <param name="routing">What routing says about it.</param>
    public ClusterModel(ModelRow row, IReadOnlyDictionary<string, ClusterVersion> ready, ModelRouting routing)
    {
        Row = row;
        Routes = ModelRoutes.Compile(row.Model, States(row), routing.Document, routing.Epoch, routing.Shadows);
        Tally = Routes.AllVariantsReady ? routing.Tally : null;
        Shadows = routing.Shadows;
        versions = ready.ToFrozenDictionary(StringComparer.Ordinal);
        Versions = [.. row.Versions.Select(v => v.Description.Version)];
        Index = [.. Entries(row)];
    }

    public string Name => Row.Model;

    public ModelRow Row { get; }

    public ModelRoutes Routes { get; }

    /// <summary>Counts, in this process, the arms of a running rollout; null when none runs.</summary>
    public RolloutTally? Tally { get; }

    /// <summary>Answers are used for more than answering: the request path looks closer only then.</summary>
    public bool IsObserved => Tally is not null || Routes.Shadows.Count > 0;

    /// <summary>For each shadow's version, ready or not, the epoch that made it one; null for none.</summary>
    public IReadOnlyDictionary<string, long>? Shadows { get; }

    /// <summary>The ready versions, oldest first.</summary>
    public IReadOnlyList<string> Versions { get; }

    public IReadOnlyList<ModelIndexEntry> Index { get; }

    public ClusterVersion? Find(string version) => versions.GetValueOrDefault(version);

    /// <summary>Which versions can answer, and why the others cannot.</summary>
    public static ModelVersions States(ModelRow row)
    {
        string[] ready = [.. row.Versions.Select(v => v.Description.Version)];
        return new ModelVersions(ready, ModelIndex.Unready(Entries(row), ready));
    }

    /// <summary>The version that a number, a label or nothing stands for.</summary>
    public Outcome<ClusterVersion> Resolve(string? version) =>
        Routes.Resolve(version).TryGetValue(out var number, out var error) ? versions[number] : error;

    private static IEnumerable<ModelIndexEntry> Entries(ModelRow row) =>
        row.Index.Select(i => new ModelIndexEntry(row.Model, i.Version, i.State, i.Reason));
}
