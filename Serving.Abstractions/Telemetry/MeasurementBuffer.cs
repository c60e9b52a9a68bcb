using System.Numerics;

namespace Serving.Telemetry;

/// <summary>
/// Keeps what was measured until some of it can be recorded in a row: instruments, listeners and series are in the processor's caches then,
/// where in the middle of each request they mostly are not. Whoever reads the instruments flushes first, by an observable one.
/// </summary>
/// <remarks>Any thread may call. Each core has a part of its own, so that its lock is hardly ever held by another.</remarks>
/// <typeparam name="T">What is measured at one time.</typeparam>
public sealed class MeasurementBuffer<T>
    where T : struct
{
    private const int Room = 32;

    private readonly Action<T> record;
    private readonly Part[] parts = new Part[BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount)];

    /// <param name="record">Records one.</param>
    public MeasurementBuffer(Action<T> record)
    {
        this.record = record;
        for (var i = 0; i < parts.Length; i++) parts[i] = new Part();
    }

    public void Add(in T measured)
    {
        var part = parts[Thread.GetCurrentProcessorId() & (parts.Length - 1)];
        lock (part.Gate)
        {
            part.Kept[part.Count++] = measured;
            if (part.Count == Room) Flush(part);
        }
    }

    /// <summary>Records all that was measured before.</summary>
    public void Flush()
    {
        foreach (var part in parts)
        {
            lock (part.Gate) Flush(part);
        }
    }

    private void Flush(Part part)
    {
        for (var i = 0; i < part.Count; i++) record(part.Kept[i]);
        part.Kept.AsSpan(0, part.Count).Clear();
        part.Count = 0;
    }

    private sealed class Part
    {
        public readonly Lock Gate = new();
        public readonly T[] Kept = new T[Room];
        public int Count;
    }
}
