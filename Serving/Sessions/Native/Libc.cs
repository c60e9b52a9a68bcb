using System.Runtime.InteropServices;

namespace Serving.Sessions.Native;

/// <summary>Two calls of the C library that .NET does not offer. Both do nothing where the library lacks them.</summary>
internal static unsafe partial class Libc
{
    /// <summary>Sets a variable in the process's native environment, which <see cref="Environment"/> does not touch on Unix.</summary>
    public static void SetEnvironment(string name, string value)
    {
        if (OperatingSystem.IsWindows()) Environment.SetEnvironmentVariable(name, value);
        else if (setenv(name, value, 1) != 0) throw new InvalidOperationException($"The variable {name} could not be set.");
    }

    /// <summary>Gives memory that was freed natively back to the system; glibc keeps it otherwise (tens of MB after a load).</summary>
    public static void TrimMemory()
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            malloc_trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Not glibc: nothing is kept there that could be trimmed.
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);

    [LibraryImport("libc")]
    private static partial int malloc_trim(nuint pad);
}
