using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Serving.Models.Repository;

/// <summary>
/// Contents of files as hashes, each read once for as long as its length and time stay the same. A file that is new or changed
/// is read only when a second scan finds it as the first did, so that one still being copied is not read over and over.
/// </summary>
/// <remarks>
/// Reading gigabytes must not keep models from being loaded. A large file of which no earlier content is known is told by its time
/// instead, and read when there is time for it; when it changes, its new content is compared with that, and it is the same file still if
/// the contents are equal. One that changes before it was read is another file.
/// </remarks>
/// <param name="later">Has reading done when there is time; null to read every file before it is told, so that equal contents have equal hashes everywhere.</param>
internal sealed class FileHashes(Action<Action>? later = null)
{
    /// <summary>Bytes from which on a file is large.</summary>
    public const int Large = 1 << 20;

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
            if (Of(Path.Combine(folder, file.Path), file) is not { } id) settled = false;
            else all.AppendData(Encoding.UTF8.GetBytes($"{file.Path}\0{file.Length}\0{id}\n"));
        }

        return settled ? Convert.ToHexStringLower(all.GetHashAndReset()) : null;
    }

    private string? Of(string path, FileStamp stamp)
    {
        var before = known.GetValueOrDefault(path);
        var unchanged = before is not null && before.Stamp == stamp;
        var now = unchanged && before!.Id is not null ? before
            : unchanged || assumeComplete ? Tell(path, stamp, before?.Settled)
            : new Entry(stamp) { Settled = before?.Settled };
        seen[path] = now;
        return now.Id;
    }

    /// <summary>Says which file this is: the one that was settled before if its content is the same.</summary>
    private Entry Tell(string path, FileStamp stamp, Entry? before)
    {
        if (later is not null && stamp.Length >= Large && before?.Content is null)
        {
            var unread = new Entry(stamp) { Id = string.Create(CultureInfo.InvariantCulture, $"of {stamp.ModifiedTicks}") };
            later(() => unread.Content = TryRead(path, stamp));
            return unread;
        }

        if (Read(path, stamp) is not { } content) return new Entry(stamp) { Settled = before };
        return new Entry(stamp) { Id = content == before?.Content ? before.Id : content, Content = content };
    }

    private static string? TryRead(string path, FileStamp stamp)
    {
        try
        {
            return Read(path, stamp);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Gone by now, or the next scan says why not.
            return null;
        }
    }

    /// <summary>The hash of a file's content; null when it was written while it was read: that is neither the old file nor the new one.</summary>
    private static string? Read(string path, FileStamp stamp)
    {
        string hash;
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 17))
            hash = Convert.ToHexStringLower(SHA256.HashData(stream));
        return FileStamp.Of(path, stamp.Path) == stamp ? hash : null;
    }

    /// <summary>A file as a scan found it.</summary>
    private sealed class Entry(FileStamp stamp)
    {
        private readonly Entry? settled;
        private volatile string? content;

        public FileStamp Stamp => stamp;

        /// <summary>Which file it is, by its content or by its time; null while it changes.</summary>
        public string? Id { get; init; }

        /// <summary>The hash of what it holds; null when it was not read yet.</summary>
        public string? Content
        {
            get => content;
            set => content = value;
        }

        /// <summary>The file as it was when it last rested.</summary>
        public Entry? Settled
        {
            get => Id is null ? settled : this;
            init => settled = value;
        }
    }
}
