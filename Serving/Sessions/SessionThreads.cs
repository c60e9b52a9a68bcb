namespace Serving.Sessions;

/// <summary>
/// The process's core budget: as many dedicated threads as cores, on which every model's runs take place in the order in which
/// they became due. Idle models hold no thread, and the sum of running sessions never exceeds the cores.
/// </summary>
/// <remarks>A thread without work sleeps at once: spinning for it would take the core from those that read the sockets.</remarks>
internal sealed class SessionThreads : IDisposable
{
    private readonly object gate = new();
    private readonly Queue<ISessionWork> due = new();
    private readonly Thread[] threads;
    private int waiting;
    private bool ending;

    /// <param name="count">Threads; at least 1.</param>
    public SessionThreads(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        threads = new Thread[count];
        for (var i = 0; i < count; i++)
        {
            threads[i] = new Thread(Run) { IsBackground = true, Name = $"session {i}" };
            threads[i].Start();
        }
    }

    public int Count => threads.Length;

    /// <summary>Work that is due and waits for a thread.</summary>
    public int Waiting => Volatile.Read(ref waiting);

    public void Post(ISessionWork work)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(ending, this);
            due.Enqueue(work);
            waiting = due.Count;
            Monitor.Pulse(gate);
        }
    }

    /// <summary>Takes no more work and waits for what is due to end.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            ending = true;
            Monitor.PulseAll(gate);
        }

        foreach (var thread in threads) thread.Join();
    }

    private void Run()
    {
        while (Next() is { } work) work.Run();
    }

    private ISessionWork? Next()
    {
        lock (gate)
        {
            ISessionWork? work;
            while (!due.TryDequeue(out work) && !ending) Monitor.Wait(gate);
            waiting = due.Count;
            return work;
        }
    }
}
