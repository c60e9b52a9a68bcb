using Serving.Models.Config.Values;

namespace Serving.Models.Repository;

/// <summary>One version of a model on disk.</summary>
internal sealed record VersionFolder
{
    public required long Number { get; init; }

    /// <summary>The version's folder.</summary>
    public required string Path { get; init; }

    /// <summary>The file to load; null when there is none, see <see cref="Fault"/>.</summary>
    public string? ModelPath { get; init; }

    /// <summary>Every file of the version, by path. Two equal lists in a row mean that nobody is writing.</summary>
    public ValueList<FileStamp> Files { get; init; } = [];

    /// <summary>Of the names and contents of all files, whenever they were written; null while they still change.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Why the version cannot be loaded; null for no reason known yet.</summary>
    public string? Fault { get; init; }

    /// <summary>The folder could not be looked into, so nothing else is known this time.</summary>
    public bool IsUnreadable { get; init; }
}
