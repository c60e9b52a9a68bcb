namespace Serving.Models.Repository;

/// <summary>A model repository in a folder that goes away with the test.</summary>
internal sealed class TemporaryRepository : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("repository-").FullName;

    /// <summary>Writes a file, and its folders, with a time of its own so that each write is a change.</summary>
    public void Write(string path, string content = "x", int second = 0)
    {
        var file = At(path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
        Touch(path, second);
    }

    public void Touch(string path, int second) => File.SetLastWriteTimeUtc(At(path), new DateTime(2026, 1, 1, 0, 0, second, DateTimeKind.Utc));

    public string At(string path) => Path.Combine(Root, path);

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
