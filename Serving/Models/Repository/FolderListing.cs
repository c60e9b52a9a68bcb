namespace Serving.Models.Repository;

/// <summary>
/// What is in a folder. Links count as what they lead to. Names with a dot in front are left out: editors, copying tools and
/// Kubernetes' volumes keep their own things there.
/// </summary>
internal static class FolderListing
{
    public static IEnumerable<string> Folders(string folder) =>
        Visible(Directory.EnumerateFileSystemEntries(folder)).Where(Directory.Exists);

    public static IEnumerable<string> Files(string folder) =>
        Visible(Directory.EnumerateFileSystemEntries(folder)).Where(entry => !Directory.Exists(entry));

    /// <summary>All files below, by path. Throws <see cref="IOException"/> past the limits.</summary>
    public static List<FileStamp> AllFiles(string folder)
    {
        var files = new List<FileStamp>();
        Collect(folder, "", 1, files);
        files.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return files;
    }

    private static void Collect(string folder, string prefix, int depth, List<FileStamp> files)
    {
        if (depth > RepositoryLimits.Depth) throw new IOException($"more than {RepositoryLimits.Depth} folders are inside each other");
        foreach (var entry in Visible(Directory.EnumerateFileSystemEntries(folder)))
        {
            var relative = prefix + Path.GetFileName(entry);
            if (Directory.Exists(entry)) Collect(entry, relative + "/", depth + 1, files);
            else if (files.Count == RepositoryLimits.FilesPerVersion)
                throw new IOException($"there are more than {RepositoryLimits.FilesPerVersion} files");
            else files.Add(FileStamp.Of(entry, relative));
        }
    }

    private static IEnumerable<string> Visible(IEnumerable<string> entries) => entries.Where(entry => Path.GetFileName(entry)[0] != '.');
}
