namespace Serving.Models.Repository;

/// <summary>What can be known of a file without reading it.</summary>
/// <param name="Path">Relative to the folder it was found in, with slashes.</param>
/// <param name="Length">In bytes; of the target where the file is a link.</param>
/// <param name="ModifiedTicks">When it was last written, UTC, in units of 100 ns.</param>
internal readonly record struct FileStamp(string Path, long Length, long ModifiedTicks)
{
    /// <summary>Throws <see cref="IOException"/> when the file is gone, or a link leads nowhere.</summary>
    public static FileStamp Of(string file, string relativePath)
    {
        var info = new FileInfo(file);
        if (info.LinkTarget is not null) info = (FileInfo?)info.ResolveLinkTarget(returnFinalTarget: true) ?? info;
        return new(relativePath, info.Length, info.LastWriteTimeUtc.Ticks);
    }
}
