using System.Runtime.CompilerServices;

namespace Grains.Tests;

/// <summary>The sample repository of the checkout.</summary>
internal static class Samples
{
    public static string Repository { get; } = Path.GetFullPath(Path.Combine(Here(), "..", "..", "deploy", "models"));

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
