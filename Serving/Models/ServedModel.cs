using System.Collections.Frozen;
using Serving.Routing;

namespace Serving.Models;

/// <summary>One model as requests see it: its routes and its ready versions. Immutable.</summary>
internal sealed class ServedModel
{
    private readonly FrozenDictionary<string, ServedVersion> versions;

    public ServedModel(string name, IReadOnlyDictionary<string, ServedVersion> ready, IReadOnlyList<ModelIndexEntry> index, ModelVersions states, ModelRouting routing)
    {
        Name = name;
        Index = index;
        VersionStates = states;
        Routes = ModelRoutes.Compile(name, states, routing.Document, routing.Epoch, routing.Shadows);

        // While an arm is missing, the draws do not divide the traffic as the rollout assumes.
        Tally = Routes.AllVariantsReady ? routing.Tally : null;
        versions = ready.ToFrozenDictionary(StringComparer.Ordinal);
        Versions = [.. ready.Keys.OrderBy(v => ready[v].Number)];
    }

    public string Name { get; }

    public ModelRoutes Routes { get; }

    /// <summary>Which versions can answer, and why the others cannot.</summary>
    public ModelVersions VersionStates { get; }

    /// <summary>Counts the arms of a running rollout; null when none runs.</summary>
    public RolloutTally? Tally { get; }

    /// <summary>Answers are used for more than answering: the request path looks closer only then.</summary>
    public bool IsObserved => Tally is not null || Routes.Shadows.Count > 0;

    /// <summary><c>serving.rollout</c> of the newest version's configuration: what a new version arrives by; null for nothing.</summary>
    public ReadOnlyMemory<byte>? AutomaticRollout => Versions.Count == 0 ? null : versions[Versions[^1]].AutomaticRollout;

    /// <summary>The ready versions, oldest first.</summary>
    public IReadOnlyList<string> Versions { get; }

    /// <summary>The model's rows of the repository index.</summary>
    public IReadOnlyList<ModelIndexEntry> Index { get; }

    public ServedVersion? Find(string version) => versions.GetValueOrDefault(version);

    /// <summary>The version that a number, a label or nothing stands for.</summary>
    public Outcome<ServedVersion> Resolve(string? version) => Routes.Resolve(version).TryGetValue(out var number, out var error)
        ? versions[number]
        : error;
}
