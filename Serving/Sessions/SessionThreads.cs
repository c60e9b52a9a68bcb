using System.Collections.Concurrent;

namespace Serving.Sessions;

/// <summary>
/// The process's core budget: as many dedicated threads as cores, on which every model's runs take place in the order in which
/// they became due. Idle models hold no thread, and the sum of running sessions never exceeds the cores.
/// </summary>
internal sealed class SessionThreads : IDisposable
{
    private readonly BlockingCollection<ISessionWork> due = new(new ConcurrentQueue<ISessionWork>());
    private readonly Thread[] threads;

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
    public int Waiting => due.Count;

    public void Post(ISessionWork work) => due.Add(work);

    /// <summary>Takes no more work and waits for what is due to end.</summary>
    public void Dispose()
    {
        due.CompleteAdding();
        foreach (var thread in threads) thread.Join();
        due.Dispose();
    }

    private void Run()
    {
        foreach (var work in due.GetConsumingEnumerable()) work.Run();
    }
}
