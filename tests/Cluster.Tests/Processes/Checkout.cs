using System.Runtime.CompilerServices;

namespace Cluster.Tests.Processes;

/// <summary>Where things are in the checkout.</summary>
internal static class Checkout
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Here(), "..", "..", ".."));

    public static string Samples { get; } = Path.Combine(Root, "deploy", "models");

    /// <summary>A program of the solution, in the configuration that these tests were built in.</summary>
    public static string Program(string project)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        return Path.Combine(Root, "artifacts", "bin", project, configuration, project);
    }

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
