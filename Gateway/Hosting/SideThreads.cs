using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Gateway.Hosting;

/// <summary>
/// Threads for what a stranger may make the server compute before it knows whether it wants to: handshakes, compressed bodies. There are
/// half as many as cores, and the system lets every other thread go first, so that however much of it comes, requests do not wait for it.
/// Whoever needs one awaits a <see cref="Turn"/>; turns are taken in order.
/// </summary>
internal sealed partial class SideThreads
{
    /// <summary>Of a thread that others go before: it gets a tenth of a core that another wants too, so that what waits for it goes on.</summary>
    private const int Niceness = 10;

    private readonly BlockingCollection<Action> waiting = [];

    private SideThreads(int count)
    {
        for (var i = 0; i < count; i++) new Thread(Work) { Name = $"side {i}", IsBackground = true }.UnsafeStart();
    }

    /// <summary>The process's.</summary>
    public static SideThreads Shared { get; } = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <summary>What awaits this goes on on one of the threads, behind what waited before.</summary>
    public Turn NextTurn() => new(this);

    private void Work()
    {
        // For 0 (processes) and 0 (the caller) Linux takes the calling thread. .NET's own thread priorities do nothing there.
        if (OperatingSystem.IsLinux()) _ = setpriority(0, 0, Niceness);
        else Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;
        foreach (var work in waiting.GetConsumingEnumerable()) work();
    }

    [LibraryImport("libc")]
    private static partial int setpriority(int which, uint who, int priority);

    /// <summary>A place in the queue of the threads. Never there at once, so that long work awaits one in between to let others in.</summary>
    public readonly struct Turn(SideThreads threads) : ICriticalNotifyCompletion
    {
        public bool IsCompleted => false;

        public Turn GetAwaiter() => this;

        public void GetResult()
        {
        }

        public void OnCompleted(Action continuation) => threads.waiting.Add(continuation);

        public void UnsafeOnCompleted(Action continuation) => threads.waiting.Add(continuation);
    }
}
