using System.Numerics;

namespace Gateway.Metrics;

/// <summary>A number that rises and falls, in copies, so that cores that count at the same time do not wait for each other.</summary>
internal sealed class StripedCount
{
    private const int MostCopies = 16;

    /// <summary>Numbers of eight bytes on two cache lines, which the processor fetches together.</summary>
    private const int Stride = 16;

    /// <summary>A power of two.</summary>
    private static readonly int Copies = (int)Math.Min(MostCopies, BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount));

    private readonly long[] counts = new long[Copies * Stride];

    public long Value
    {
        get
        {
            var sum = 0L;
            for (var at = 0; at < counts.Length; at += Stride) sum += Volatile.Read(ref counts[at]);
            return sum;
        }
    }

    public void Add(long amount) => Interlocked.Add(ref counts[(Thread.GetCurrentProcessorId() & (Copies - 1)) * Stride], amount);
}
