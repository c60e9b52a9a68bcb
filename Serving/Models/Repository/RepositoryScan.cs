using Serving.Models.Config.Values;

namespace Serving.Models.Repository;

/// <summary>Looks through the model repository. One scan at a time; it remembers what it has read from one to the next.</summary>
/// <remarks>
/// <para>The layout is Triton's: each folder of a root is a model, each folder in it with a number for a name a version. A folder
/// that holds nothing of a model is passed over. What cannot be read is the fault of that model or version alone.</para>
/// <para>Every scan costs one look at each file's length and time. Contents are read when these change, see
/// <see cref="FileHashes"/>; whether a change is finished is for <see cref="StableSnapshots"/> to say.</para>
/// </remarks>
/// <param name="roots">The repository's directories.</param>
/// <param name="later">See <see cref="FileHashes"/>.</param>
internal sealed class RepositoryScan(IReadOnlyList<string> roots, Action<Action>? later = null)
{
    private readonly FileHashes hashes = new(later);
    private readonly ConfigFileReader configs = new();
    private bool scanned;

    /// <param name="assumeComplete">
    /// Read changed files at once, since nobody is writing: for an explicit load. The first scan does so too.
    /// </param>
    /// <param name="cancellationToken">Looked at between files.</param>
    public RepositorySnapshot Scan(bool assumeComplete = false, CancellationToken cancellationToken = default)
    {
        hashes.Begin(assumeComplete || !scanned);
        configs.Begin();
        scanned = true;
        var reader = new ModelFolderReader(hashes, configs);
        var models = new Dictionary<string, ModelFolder>(StringComparer.Ordinal);
        var unreadable = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var root in roots.Distinct())
        {
            if (List(root, out var reason) is not { } folders)
            {
                unreadable.Add(root, reason);
                continue;
            }

            foreach (var path in folders)
            {
                if (reader.Read(root, path, cancellationToken) is not { } folder) continue;
                models[folder.Name] = models.TryGetValue(folder.Name, out var other) ? Twice(other, folder) : folder;
            }
        }

        return new(new ValueMap<string, ModelFolder>(models), new ValueMap<string, string>(unreadable));
    }

    private static List<string>? List(string root, out string reason)
    {
        reason = "";
        try
        {
            var folders = FolderListing.Folders(root).Take(RepositoryLimits.ModelsPerRoot + 1).ToList();
            if (folders.Count <= RepositoryLimits.ModelsPerRoot) return folders;
            reason = $"the model repository {root} has more than {RepositoryLimits.ModelsPerRoot} folders";
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            reason = $"the model repository {root} cannot be read: {fault.Message}";
        }

        return null;
    }

    private static ModelFolder Twice(ModelFolder first, ModelFolder second) => new()
    {
        Name = first.Name,
        Path = first.Path,
        Root = first.Root,
        ConfigFingerprint = "twice",
        Faults = [$"the model is in two repositories, as {first.Path} and as {second.Path}; rename or remove one of them"],
    };
}
