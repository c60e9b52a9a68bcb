using System.Runtime.CompilerServices;

namespace Gateway.Tests;

/// <summary>
/// Compares with a file under <c>Golden/</c>. With <c>UPDATE_GOLDEN=1</c> in the environment the files are written instead; look at the
/// difference before committing it.
/// </summary>
internal static class Golden
{
    public static void Check(string name, string actual)
    {
        var path = Path.Combine(Folder(), name);
        var text = actual.ReplaceLineEndings("\n").TrimEnd('\n') + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, text);
            return;
        }

        Assert.True(File.Exists(path), $"Golden/{name} is missing; run once with UPDATE_GOLDEN=1");
        Assert.Equal(File.ReadAllText(path).ReplaceLineEndings("\n"), text);
    }

    /// <summary>Paths of all that fit a pattern.</summary>
    public static IEnumerable<string> Files(string pattern) => Directory.EnumerateFiles(Folder(), pattern);

    private static string Folder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Golden");
}
