namespace Serving.Models.Repository;

/// <summary>How much of a repository is looked at; beyond, something is there that was not meant as one.</summary>
internal static class RepositoryLimits
{
    public const int ModelsPerRoot = 10_000;

    /// <summary>Files of one version, its external data included.</summary>
    public const int FilesPerVersion = 10_000;

    /// <summary>Folders inside each other in one version; also ends a circle of links.</summary>
    public const int Depth = 8;
}
