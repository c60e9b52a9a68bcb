using System.Security.Cryptography;
using System.Text;

namespace Serving.Models.Repository;

/// <summary>
/// Contents of files as hashes, each read once for as long as its length and time stay the same. A file that is new or changed
/// is read only when a second scan finds it as the first did, so that one still being copied is not read over and over.
/// </summary>
internal sealed class FileHashes
{
    private Dictionary<string, Entry> known = new(StringComparer.Ordinal);
    private Dictionary<string, Entry> seen = new(StringComparer.Ordinal);
    private bool assumeComplete = true;

    /// <summary>Before each scan. Files that the scan before did not ask for are forgotten.</summary>
    /// <param name="complete">Read changed files at once: the caller knows that nobody is writing.</param>
    public void Begin(bool complete)
    {
        known = seen;
        seen = new(StringComparer.Ordinal);
        assumeComplete = complete;
    }

    /// <summary>One hash over the names and contents of the files of a folder; null while one of them still changes.</summary>
    public string? Of(string folder, IEnumerable<FileStamp> files, CancellationToken cancellationToken)
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var settled = true;
        foreach (var file in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Of(Path.Combine(folder, file.Path), file) is not { } hash) settled = false;
            else all.AppendData(Encoding.UTF8.GetBytes($"{file.Path}\0{file.Length}\0{hash}\n"));
        }

        return settled ? Convert.ToHexStringLower(all.GetHashAndReset()) : null;
    }

    private string? Of(string path, FileStamp stamp)
    {
        var before = known.GetValueOrDefault(path);
        var unchanged = before is not null && before.Stamp == stamp;
        var hash = unchanged ? before!.Hash : null;
        if (hash is null && (unchanged || assumeComplete))
        {
            using (var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 17))
                hash = Convert.ToHexStringLower(SHA256.HashData(stream));

            // Written while it was read: what was read is neither the old file nor the new one.
            if (FileStamp.Of(path, stamp.Path) != stamp) hash = null;
        }

        seen[path] = new(stamp, hash);
        return hash;
    }

    private sealed record Entry(FileStamp Stamp, string? Hash);
}
