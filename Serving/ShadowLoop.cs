using System.Collections.Concurrent;
using Serving.Batching;
using Serving.Inference;
using Serving.Models;
using Serving.Routing;
using Serving.Routing.Shadows;
using Serving.Sessions;

namespace Serving;

/// <summary>
/// Gives shadows copies of answered requests and compares. On a thread of its own, at the lowest scheduling priority, with a bounded
/// queue: a shadow that is slow or hangs costs other shadows, never a caller. What does not fit is dropped and counted.
/// </summary>
internal sealed class ShadowLoop : IDisposable
{
    /// <summary>Copies that wait at the most.</summary>
    private const int MaxWaiting = 256;

    /// <summary>Bytes of all copies that wait at the most.</summary>
    private const long MaxBytes = 64L << 20;

    private readonly BlockingCollection<Copy> waiting = new(new ConcurrentQueue<Copy>(), MaxWaiting);
    private readonly ConcurrentDictionary<(string Model, string Version), ShadowComparison> comparisons = new();
    private readonly SessionThreads threads;
    private readonly TimeProvider clock;
    private long bytes;

    public ShadowLoop(SessionThreads threads, TimeProvider clock)
    {
        this.threads = threads;
        this.clock = clock;
        new Thread(Run) { IsBackground = true, Name = "shadows" }.Start();
    }

    /// <summary>
    /// Offers an answered request to the model's shadows. Copies what it takes; returns without waiting for anything.
    /// </summary>
    public void Offer(ServedModel model, PendingInference pending, InferenceResponse answer)
    {
        foreach (var target in model.Routes.Shadows)
        {
            if (!target.Takes(answer.Version, Randomness.Next())) continue;
            var comparison = ComparisonOf(model.Name, target);
            var size = pending.Bytes + answer.Outputs.Sum(o => (long)o.Data.Length);
            if (threads.Waiting > 0 || waiting.Count >= MaxWaiting || Interlocked.Read(ref bytes) + size > MaxBytes)
            {
                lock (comparison) comparison.Dropped();
                continue;
            }

            var copy = new Copy(model.Find(target.Version)!, comparison, [.. pending.Inputs.Select(Clone)], [.. answer.Outputs.Select(Clone)], answer.Timing.Compute, size);
            Interlocked.Add(ref bytes, size);
            var taken = waiting.TryAdd(copy);
            if (!taken) Interlocked.Add(ref bytes, -size);
            lock (comparison)
            {
                if (taken) comparison.Sent();
                else comparison.Dropped();
            }
        }
    }

    /// <summary>How the model's present shadows compare.</summary>
    public List<ShadowReport> Read(ServedModel model)
    {
        var reports = new List<ShadowReport>();
        foreach (var target in model.Routes.Shadows)
        {
            var comparison = ComparisonOf(model.Name, target);
            lock (comparison) reports.Add(comparison.Report());
        }

        return reports;
    }

    /// <summary>Ends the thread after its present run; copies that wait are dropped.</summary>
    public void Dispose() => waiting.CompleteAdding();

    private static Tensor Clone(Tensor tensor) => tensor with { Data = tensor.Data.ToArray() };

    private ShadowComparison ComparisonOf(string model, ShadowTarget target) => comparisons.GetOrAdd(
        (model, target.Version), static (key, percent) => new ShadowComparison(key.Version, percent), target.Percent);

    private void Run()
    {
        Sessions.Native.Libc.LowerThreadPriority();
        foreach (var copy in waiting.GetConsumingEnumerable())
        {
            Interlocked.Add(ref bytes, -copy.Bytes);
            if (!waiting.IsAddingCompleted) Compare(copy);
        }
    }

    private void Compare(Copy copy)
    {
        using var lease = new TensorLease(TensorPool.Shared);
        var version = copy.Version;
        int[] outputs = [.. copy.Answer.Select(o => version.Metadata.Outputs.ToList().FindIndex(s => s.Name == o.Name)).Where(i => i >= 0)];
        var started = clock.GetTimestamp();
        Outcome<Tensor[]> outcome;
        try
        {
            outcome = version.Loop.Session.Run(copy.Inputs, outputs, lease);
        }
        catch (ObjectDisposedException)
        {
            outcome = ServingError.NotReady(version.Metadata.Name, version.Metadata.Version, "it was unloaded");
        }

        var took = clock.GetElapsedTime(started);
        lock (copy.Comparison)
        {
            if (outcome.TryGetValue(out var tensors, out _)) copy.Comparison.Compare(copy.Answer, copy.Latency, tensors, took);
            else copy.Comparison.Failed();
        }
    }

    private sealed record Copy(ServedVersion Version, ShadowComparison Comparison, Tensor[] Inputs, Tensor[] Answer, TimeSpan Latency, long Bytes);
}
