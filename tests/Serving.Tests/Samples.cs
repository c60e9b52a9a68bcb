using System.Runtime.CompilerServices;

namespace Serving.Tests;

/// <summary>The sample repository of the checkout.</summary>
internal static class Samples
{
    public static string Repository { get; } = Path.GetFullPath(Path.Combine(Here(), "..", "..", "deploy", "models"));

    public static string Model(string model, int version) => Path.Combine(Repository, model, version.ToString(), "model.onnx");

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
