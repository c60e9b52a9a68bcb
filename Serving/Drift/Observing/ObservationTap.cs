using System.Buffers;
using System.Runtime.InteropServices;
using Serving.Batching;
using Serving.Drift.Quality;
using Serving.Inference;

namespace Serving.Drift.Observing;

/// <summary>
/// Takes observations of one version off the request path: a copy of what the features need into the queue, nothing else. What
/// finds no room is dropped and counted. Requests are sampled by their id, so that every process chooses the same ones.
/// </summary>
internal sealed class ObservationTap
{
    private readonly ObservationQueue queue;
    private readonly TimeProvider clock;
    private readonly ulong sampled;
    private long dropped;

    /// <param name="layout">What to copy.</param>
    /// <param name="sampling">Share of the requests, above 0 and at most 1.</param>
    public ObservationTap(ObservationLayout layout, double sampling, ObservationQueue queue, TimeProvider clock)
    {
        Layout = layout;
        this.queue = queue;
        this.clock = clock;
        sampled = sampling >= 1 ? ulong.MaxValue : (ulong)(sampling * (1UL << 32));
    }

    public ObservationLayout Layout { get; }

    /// <summary>Requests that there was no room for.</summary>
    public long Dropped => Interlocked.Read(ref dropped);

    /// <summary>Copies an answered request. Never waits.</summary>
    /// <param name="pending">The request.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="latency">How long it took.</param>
    /// <param name="draw">How it was drawn, while a rollout draws; else null.</param>
    public void Offer(PendingInference pending, InferenceResponse answer, TimeSpan latency, Draw? draw)
    {
        if (sampled != ulong.MaxValue && Hash(pending.Request.Id) >= sampled) return;
        var slots = Layout.Slots;
        long size = slots.Length * sizeof(int);
        for (var i = 0; i < slots.Length; i++)
            size += ObservationLayout.Find(slots[i], pending.Inputs, answer.Outputs)?.Data.Length ?? 0;
        if (size > ObservationQueue.MaxBytes || !queue.TryReserve((int)size))
        {
            Interlocked.Increment(ref dropped);
            return;
        }

        var block = ArrayPool<byte>.Shared.Rent((int)size);
        var lengths = MemoryMarshal.Cast<byte, int>(block.AsSpan());
        var at = slots.Length * sizeof(int);
        for (var i = 0; i < slots.Length; i++)
        {
            if (ObservationLayout.Find(slots[i], pending.Inputs, answer.Outputs) is not { } tensor)
            {
                lengths[i] = -1;
                continue;
            }

            tensor.Data.Span.CopyTo(block.AsSpan(at));
            lengths[i] = tensor.Data.Length;
            at += tensor.Data.Length;
        }

        queue.Add(new Observation(this, clock.GetUtcNow(), pending.Request.Id, latency, draw?.For(pending.Request.Id, pending.Rows), pending.Rows, block, (int)size));
    }

    /// <summary>FNV-1a of the id, its halves folded: the same in every process, unlike the runtime's own hash of a text.</summary>
    private static ulong Hash(string id)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in id) hash = (hash ^ c) * 1099511628211UL;
        hash ^= hash >> 29;
        hash *= 0xBF58476D1CE4E5B9UL;
        return hash >> 32;
    }
}
