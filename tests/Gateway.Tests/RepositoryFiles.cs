using System.Runtime.CompilerServices;

namespace Gateway.Tests;

/// <summary>Files of the checkout that are not compiled in.</summary>
internal static class RepositoryFiles
{
    /// <param name="path">From the root of the checkout.</param>
    public static string Find(string path) => Path.Combine(Here(), "..", "..", path);

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
