using System.Runtime.InteropServices;

namespace Serving.Sessions.Native;

/// <summary>Calls of the C library that .NET does not offer. Those on memory do nothing where the library lacks them.</summary>
internal static unsafe partial class Libc
{
    private const int MmapThreshold = -3;
    private const int LargeBlock = 1 << 20;

    /// <summary>Sets a variable in the process's native environment, which <see cref="Environment"/> does not touch on Unix.</summary>
    public static void SetEnvironment(string name, string value)
    {
        if (OperatingSystem.IsWindows()) Environment.SetEnvironmentVariable(name, value);
        else if (setenv(name, value, 1) != 0) throw new InvalidOperationException($"The variable {name} could not be set.");
    }

    /// <summary>
    /// Has glibc map every block of 1 MB or more by itself, and unmap it when it is freed. Left alone it raises that bound to the
    /// size of what was freed last, up to 32 MB; weights then lie in the heap of the thread that loaded them, whose end
    /// <see cref="TrimMemory"/> does not reach: loading and unloading a model again and again would grow the process.
    /// </summary>
    public static void KeepLargeBlocksApart()
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            _ = mallopt(MmapThreshold, LargeBlock);
        }
        catch (EntryPointNotFoundException)
        {
            // Not glibc: no such bound, and no such heaps.
        }
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

    /// <summary>Lets every other thread go first. .NET's own thread priorities do nothing on Linux.</summary>
    public static void LowerThreadPriority()
    {
        // For 0 (processes) and 0 (the caller) Linux takes the calling thread; 19 is the lowest priority.
        if (OperatingSystem.IsLinux()) _ = setpriority(0, 0, 19);
        else Thread.CurrentThread.Priority = ThreadPriority.Lowest;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);

    [LibraryImport("libc")]
    private static partial int setpriority(int which, uint who, int priority);

    [LibraryImport("libc")]
    private static partial int malloc_trim(nuint pad);

    [LibraryImport("libc")]
    private static partial int mallopt(int parameter, int value);
}
