namespace Gateway.Metrics;

/// <summary>One number that rises and falls, or is set.</summary>
internal sealed class ValueSeries
{
    private static readonly int Stride = Stripes.Stride(1);

    private readonly long[] counts = new long[Stripes.Count * Stride];

    /// <summary>What came in fractions, as the bits of a double.</summary>
    private long fractions;

    public double Value
    {
        get
        {
            var sum = 0L;
            for (var at = 0; at < counts.Length; at += Stride) sum += Volatile.Read(ref counts[at]);
            return sum + BitConverter.Int64BitsToDouble(Volatile.Read(ref fractions));
        }
    }

    public void Add(long amount) => Add(amount, Stripes.Current);

    /// <param name="amount">What to add.</param>
    /// <param name="stripe">The present core's (<see cref="Stripes.Current"/>).</param>
    public void Add(long amount, int stripe) => Interlocked.Add(ref counts[stripe * Stride], amount);

    public void Add(double amount) => Stripes.Add(ref fractions, amount);

    public void Set(double value) => Volatile.Write(ref fractions, BitConverter.DoubleToInt64Bits(value));
}
