using System.Runtime.InteropServices;

namespace Serving.Sessions;

/// <summary>Where the build or a package put ONNX Runtime's library.</summary>
internal static class LibraryFile
{
    /// <exception cref="InvalidOperationException">It is in none of the usual places; the message lists them.</exception>
    public static string Find()
    {
        string[] names = OperatingSystem.IsWindows() ? ["onnxruntime.dll"]
            : OperatingSystem.IsMacOS() ? ["libonnxruntime.1.dylib", "libonnxruntime.dylib"]
            : ["libonnxruntime.so.1", "libonnxruntime.so"];
        var home = AppContext.BaseDirectory;
        string[] folders = [home, Path.Combine(home, "runtimes", RuntimeInformation.RuntimeIdentifier, "native")];
        foreach (var folder in folders)
        {
            foreach (var name in names)
            {
                var file = Path.Combine(folder, name);
                if (File.Exists(file)) return file;
            }
        }

        throw new InvalidOperationException(
            $"ONNX Runtime's library ({names[0]}) is not in {string.Join(" or ", folders)}. Build with npm at hand, or name a library with Serving:OnnxRuntimeLibrary.");
    }
}
