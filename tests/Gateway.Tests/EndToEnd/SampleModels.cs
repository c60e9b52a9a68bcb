using System.Runtime.CompilerServices;

namespace Gateway.Tests.EndToEnd;

/// <summary>The sample repository of the checkout.</summary>
internal static class SampleModels
{
    public static string Repository { get; } = Path.GetFullPath(Path.Combine(Here(), "..", "..", "..", "deploy", "models"));

    /// <summary>Small models for tests, made by a script of Serving.Tests.</summary>
    public static string Tests { get; } = Path.Combine(Here(), "Models");

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
