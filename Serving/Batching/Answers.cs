using System.Collections.Concurrent;
using Serving.Inference;

namespace Serving.Batching;

/// <summary>
/// A version's answers on their way from the session threads to their callers, who go on one after the other on threads of the pool. A
/// thread is called for the first one, and takes what comes while it is at work: calling one for each would cost more than what most
/// callers have left to do. No answer waits for another run.
/// </summary>
internal sealed class Answers : IThreadPoolWorkItem
{
    /// <summary>Answers that wait for each thread at work before one more is called.</summary>
    public const int Share = 8;

    /// <summary>Bytes from which on writing an answer takes so long that no other should wait for it.</summary>
    private const int Large = 16 << 10;

    private readonly ConcurrentQueue<(PendingInference Request, Outcome<InferenceResponse> Outcome)> waiting = new();
    private int count;
    private int workers;

    /// <summary>Gives a caller its answer, on another thread and soon.</summary>
    public void Send(PendingInference request, Outcome<InferenceResponse> outcome)
    {
        if (IsLarge(outcome))
        {
            request.Complete(outcome);
            return;
        }

        waiting.Enqueue((request, outcome));
        var now = Interlocked.Increment(ref count);
        while (true)
        {
            var working = Volatile.Read(ref workers);
            if (working > 0 && (now <= Share * working || working >= Environment.ProcessorCount)) return;
            if (Interlocked.CompareExchange(ref workers, working + 1, working) != working) continue;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            return;
        }
    }

    public void Execute()
    {
        do
        {
            while (waiting.TryDequeue(out var answer))
            {
                Interlocked.Decrement(ref count);
                answer.Request.CompleteHere(answer.Outcome);
            }

            Interlocked.Decrement(ref workers);
        }
        while (!waiting.IsEmpty && Interlocked.CompareExchange(ref workers, 1, 0) == 0);
    }

    private static bool IsLarge(in Outcome<InferenceResponse> outcome)
    {
        if (!outcome.TryGetValue(out var answer, out _)) return false;
        var bytes = 0L;
        foreach (var output in answer.Outputs) bytes += output.Data.Length;
        return bytes >= Large;
    }
}
