using Serving.Sessions.Native;

namespace Serving.Models;

/// <summary>
/// What loading a version added to the process, in resident bytes. A process has one number for all, so the difference says
/// something only when nothing else was loaded meanwhile; else the size of the version's files stands in (measured: 0.9 to 1.1
/// times of what a session keeps).
/// </summary>
internal sealed class MemoryMeasure
{
    private int loading;
    private int begun;

    public Reading Begin()
    {
        var number = Interlocked.Increment(ref begun);
        return new Reading(this, number, Interlocked.Increment(ref loading) == 1, Environment.WorkingSet);
    }

    public readonly struct Reading(MemoryMeasure owner, int number, bool alone, long before) : IDisposable
    {
        /// <summary>The bytes of a version whose model file this is.</summary>
        public long Of(string modelFile)
        {
            Libc.TrimMemory();
            var added = Environment.WorkingSet - before;
            if (alone && Volatile.Read(ref owner.begun) == number) return Math.Max(0, added);
            return new DirectoryInfo(Path.GetDirectoryName(modelFile)!).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
        }

        public void Dispose() => Interlocked.Decrement(ref owner.loading);
    }
}
