using Serving.Models.Config.Values;

namespace Serving.Models.Repository;

/// <summary>
/// What of a repository may be acted on: nothing that somebody is still writing.
/// </summary>
/// <remarks>
/// <para>A machine: scans go in one after the other, and out comes the repository in which a version has its latest files only
/// once two scans in a row found them alike. Until then it has those it had before, or is not there. The same holds for a
/// configuration (with which its whole model waits), for a new model, and for one that went away.</para>
/// <para>The first scan is taken as it is: at start there is nothing to compare with, and a file that turns out broken is
/// tried again when it changes.</para>
/// <para>What could not be read is not known to have changed: the model stays as it was.</para>
/// </remarks>
internal sealed class StableSnapshots
{
    private RepositorySnapshot? last;
    private RepositorySnapshot stable = RepositorySnapshot.Empty;

    /// <summary>Takes the next scan and returns what is stable now.</summary>
    public RepositorySnapshot Observe(RepositorySnapshot scan)
    {
        last ??= scan;
        var models = new Dictionary<string, ModelFolder>(StringComparer.Ordinal);
        foreach (var name in scan.Models.Keys.Union(stable.Models.Keys))
            if (Model(name, scan, last) is { } model) models.Add(name, model);
        last = scan;
        return stable = new(new(models), scan.UnreadableRoots);
    }

    private ModelFolder? Model(string name, RepositorySnapshot scan, RepositorySnapshot before)
    {
        var kept = stable.Models.GetValueOrDefault(name);
        var earlier = before.Models.GetValueOrDefault(name);
        if (!scan.Models.TryGetValue(name, out var now))
            return earlier is not null || scan.UnreadableRoots.ContainsKey(kept!.Root) ? kept : null;
        if (now.IsUnreadable) return kept ?? now;
        if (earlier is null || !IsConfigStable(now, earlier)) return kept;
        return now with { Versions = Versions(now, earlier, kept) };
    }

    private static bool IsConfigStable(ModelFolder now, ModelFolder earlier) =>
        now.ConfigFingerprint is not null && now.Path == earlier.Path && now.ConfigFiles.Equals(earlier.ConfigFiles);

    private static ValueList<VersionFolder> Versions(ModelFolder now, ModelFolder earlier, ModelFolder? kept)
    {
        var versions = new List<VersionFolder>();
        var numbers = now.Versions.Concat(kept?.Versions ?? []).Select(version => version.Number).Distinct().Order();
        foreach (var number in numbers)
        {
            var current = Find(now, number);
            var previous = Find(earlier, number);
            var before = Find(kept, number);
            var isStable = current is null ? previous is null : IsStable(current, previous);
            var chosen = isStable ? current : current is { IsUnreadable: true } ? before ?? current : before;
            if (chosen is not null) versions.Add(chosen);
        }

        return new(versions.ToArray());
    }

    private static bool IsStable(VersionFolder now, VersionFolder? earlier) =>
        earlier is not null && now.Fingerprint is not null && now.Path == earlier.Path && now.Files.Equals(earlier.Files);

    private static VersionFolder? Find(ModelFolder? model, long number) =>
        model?.Versions.FirstOrDefault(version => version.Number == number);
}
