using System.Collections.Concurrent;
using Serving.Inference;
using Serving.Models;
using Serving.Routing.Shadows;
using Serving.Sessions;

namespace Serving;

/// <summary>
/// Where shadows run: a thread of its own, at the lowest scheduling priority, with a bounded queue. A shadow that is slow or hangs costs
/// other shadows, never a caller; while callers wait for sessions, nothing more is taken.
/// </summary>
internal sealed class ShadowThread : IDisposable
{
    /// <summary>Copies that wait at the most.</summary>
    private const int MaxWaiting = 256;

    /// <summary>Bytes of all copies that wait at the most.</summary>
    private const long MaxBytes = 64L << 20;

    private readonly BlockingCollection<(Action Work, long Size)> waiting = new(new ConcurrentQueue<(Action, long)>());
    private readonly CancellationTokenSource stopping = new();
    private readonly SessionThreads threads;
    private readonly TimeProvider clock;
    private long bytes;
    private int count;

    public ShadowThread(SessionThreads threads, TimeProvider clock)
    {
        this.threads = threads;
        this.clock = clock;
        new Thread(Work) { IsBackground = true, Name = "shadows" }.Start();
    }

    /// <summary>Takes room for a copy, until its work was done or it is given back by <see cref="Release"/>. False when there is none.</summary>
    /// <param name="size">The copy's bytes.</param>
    public bool TryReserve(long size)
    {
        var (waits, held) = (Interlocked.Increment(ref count), Interlocked.Add(ref bytes, size));
        if (waits <= MaxWaiting && held <= MaxBytes && threads.Waiting == 0) return true;
        Release(size);
        return false;
    }

    /// <summary>Gives room back.</summary>
    public void Release(long size)
    {
        Interlocked.Add(ref bytes, -size);
        Interlocked.Decrement(ref count);
    }

    /// <summary>Has work done for which room was taken, and gives the room back.</summary>
    public void Post(Action work, long size) => waiting.Add((work, size));

    /// <summary>Gives a shadow in this process a copy of an answered request, or counts that there was no room. Waits for nothing.</summary>
    public void Offer(ServedVersion version, ShadowComparison comparison, IReadOnlyList<Tensor> inputs, InferenceResponse answer)
    {
        var size = ShadowCopy.SizeOf(inputs, answer);
        var taken = TryReserve(size);
        lock (comparison)
        {
            if (taken) comparison.Sent();
            else comparison.Dropped();
        }

        if (!taken) return;
        var copy = ShadowCopy.Of(comparison, inputs, answer);
        Post(() => Compare(version, copy), size);
    }

    /// <summary>Runs a version for its shadow's sake; only from posted work.</summary>
    /// <param name="version">What runs.</param>
    /// <param name="inputs">What is asked.</param>
    /// <param name="outputs">Names of the outputs wanted; those that it does not have are left out.</param>
    /// <param name="lease">Holds the outputs' memory.</param>
    /// <param name="took">How long the run took.</param>
    /// <returns>Null when the version was unloaded meanwhile.</returns>
    public Outcome<Tensor[]>? Run(ServedVersion version, Tensor[] inputs, IEnumerable<string> outputs, TensorLease lease, out TimeSpan took)
    {
        var signature = version.Metadata.Outputs.ToList();
        int[] wanted = [.. outputs.Select(name => signature.FindIndex(o => o.Name == name)).Where(i => i >= 0)];
        var started = clock.GetTimestamp();
        Outcome<Tensor[]>? outcome;
        try
        {
            outcome = version.Loop.Session.Run(inputs, wanted, lease);
        }
        catch (ObjectDisposedException)
        {
            outcome = null;
        }

        took = clock.GetElapsedTime(started);
        return outcome;
    }

    /// <summary>Ends the thread after its present run; what waits is dropped.</summary>
    public void Dispose() => stopping.Cancel();

    private void Compare(ServedVersion version, ShadowCopy copy)
    {
        using var lease = new TensorLease(TensorPool.Shared);
        var outcome = Run(version, copy.Inputs, copy.Answer.Select(o => o.Name), lease, out var took);
        lock (copy.Comparison)
        {
            if (outcome is { } ran) copy.Compare(ran, took);
            else copy.Comparison.Withdrawn();
        }
    }

    private void Work()
    {
        Sessions.Native.Libc.LowerThreadPriority();
        try
        {
            foreach (var (work, size) in waiting.GetConsumingEnumerable(stopping.Token))
            {
                Release(size);
                work();
            }
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }
    }
}
