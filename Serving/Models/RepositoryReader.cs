using Serving.Models.Repository;

namespace Serving.Models;

/// <summary>
/// What may be acted on in the repository now: scans it, holds back what somebody is still writing, and puts the files of explicit
/// loads in place of the repository's. One call at a time.
/// </summary>
/// <param name="roots">The repository's directories.</param>
/// <param name="requireStable">
/// Act on a change only when two scans agree on it: for a repository that is watched. Else the caller says when it is whole.
/// </param>
/// <param name="later">Has large files read when there is time for it, not before a model is told of; null to read them first.</param>
internal sealed class RepositoryReader(IReadOnlyList<string> roots, bool requireStable, Action<Action>? later = null)
{
    private readonly RepositoryScan scan = new(roots, later);
    private readonly StableSnapshots stable = new();

    /// <param name="overlays">Repository roots whose models stand in for those of the same name.</param>
    public RepositoryView Read(IReadOnlyList<string> overlays)
    {
        var snapshot = scan.Scan(assumeComplete: !requireStable);
        var view = requireStable ? stable.Observe(snapshot) : snapshot;
        var models = view.Models.ToDictionary(m => m.Key, m => m.Value, StringComparer.Ordinal);
        foreach (var overlay in overlays)
            foreach (var (name, folder) in new RepositoryScan([overlay]).Scan(assumeComplete: true).Models) models[name] = folder;
        return new RepositoryView(models, IsChanging: requireStable && !view.Equals(snapshot), [.. view.UnreadableRoots.Values]);
    }
}
