using System.Collections.Concurrent;
using Serving.Sessions.Native;

namespace Serving;

/// <summary>Does what is in no hurry, one thing after the other, on a thread of the lowest priority that lives while there is something.</summary>
internal sealed class IdleWork
{
    private readonly ConcurrentQueue<Action> waiting = new();
    private int working;

    /// <summary>Has something done some time; it must not throw. What waits when the process ends is not done.</summary>
    public void Post(Action work)
    {
        waiting.Enqueue(work);
        if (Interlocked.Exchange(ref working, 1) == 0) new Thread(Work) { IsBackground = true, Name = "idle work" }.Start();
    }

    private void Work()
    {
        Libc.LowerThreadPriority();
        do
        {
            while (waiting.TryDequeue(out var work)) work();
            Volatile.Write(ref working, 0);
        }
        while (!waiting.IsEmpty && Interlocked.Exchange(ref working, 1) == 0);
    }
}
