using System.Numerics;

namespace Gateway.Metrics;

/// <summary>
/// Copies of a number, so that cores that count at the same time do not wait for each other: which copy, and where it lies.
/// </summary>
internal static class Stripes
{
    private const int Most = 16;

    /// <summary>Numbers of eight bytes on two cache lines, which the processor fetches together.</summary>
    private const int Line = 16;

    /// <summary>A power of two.</summary>
    public static int Count { get; } = (int)Math.Min(Most, BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount));

    /// <summary>The present core's copy.</summary>
    public static int Current => Thread.GetCurrentProcessorId() & (Count - 1);

    /// <summary>The distance between two copies of <paramref name="numbers"/> numbers.</summary>
    public static int Stride(int numbers) => (numbers + Line - 1) / Line * Line;

    /// <summary>Adds to a double that is kept as its bits.</summary>
    public static void Add(ref long bits, double amount)
    {
        var seen = Volatile.Read(ref bits);
        while (true)
        {
            var sum = BitConverter.DoubleToInt64Bits(BitConverter.Int64BitsToDouble(seen) + amount);
            var found = Interlocked.CompareExchange(ref bits, sum, seen);
            if (found == seen) return;
            seen = found;
        }
    }
}
