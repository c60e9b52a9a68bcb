using System.Runtime.InteropServices;

namespace Benchmarks.Load;

/// <summary>Waiting for many sockets with a timeout finer than a millisecond: Linux only, as /proc is.</summary>
internal static unsafe partial class Poll
{
    public const short Readable = 1;
    public const short Writable = 4;
    private const int SetTimerSlack = 29;

    [StructLayout(LayoutKind.Sequential)]
    public struct Entry
    {
        /// <summary>The socket; negative for a place to skip.</summary>
        public int Socket;
        public short Wanted;
        public short Seen;
    }

    /// <summary>By default the kernel wakes a thread up to 50 us late, to save power.</summary>
    public static void AskForExactTimers() => prctl(SetTimerSlack, 1, 0, 0, 0);

    public static void Wait(Span<Entry> entries, long nanoseconds)
    {
        var timeout = new Timespec { Seconds = nanoseconds / 1_000_000_000, Nanoseconds = nanoseconds % 1_000_000_000 };
        fixed (Entry* first = entries) ppoll(first, (nuint)entries.Length, &timeout, null);
    }

    [LibraryImport("libc")]
    private static partial int ppoll(Entry* entries, nuint count, Timespec* timeout, void* signals);

    [LibraryImport("libc")]
    private static partial int prctl(int option, nuint a, nuint b, nuint c, nuint d);

    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
