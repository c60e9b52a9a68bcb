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
        long length = slots.Length * sizeof(int);
        for (var i = 0; i < slots.Length; i++)
            length += ObservationLayout.Find(slots[i], pending.Inputs, answer.Outputs)?.Data.Length ?? 0;
        var id = Layout.Judged is not null ? pending.Request.Id : "";
        var size = length + (id.Length * sizeof(char));
        if (size > ObservationQueue.MaxBytes || !queue.TryReserve((int)size, out var block, out var place, out var start))
        {
            Interlocked.Increment(ref dropped);
            return;
        }

        var room = block.Bytes.AsSpan(start, (int)size);
        var lengths = MemoryMarshal.Cast<byte, int>(room);
        var at = slots.Length * sizeof(int);
        for (var i = 0; i < slots.Length; i++)
        {
            if (ObservationLayout.Find(slots[i], pending.Inputs, answer.Outputs) is not { } tensor)
            {
                lengths[i] = -1;
                continue;
            }

            tensor.Data.Span.CopyTo(room[at..]);
            lengths[i] = tensor.Data.Length;
            at += tensor.Data.Length;
        }

        MemoryMarshal.AsBytes(id.AsSpan()).CopyTo(room[at..]);
        var drawn = draw?.For(pending.Request.Id, pending.Rows);
        block.Publish(place, new Observation(this, clock.GetUtcNow(), latency, drawn, pending.Rows, block.Bytes, at) { Start = start, IdLength = id.Length });
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
