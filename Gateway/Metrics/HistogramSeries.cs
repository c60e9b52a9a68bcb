namespace Gateway.Metrics;

/// <summary>
/// Counts of one histogram. Recording is two atomic operations on a copy of the core's own. A reader sees each bucket exactly and
/// takes the count from the buckets, so that they always agree; the sum may be a value behind or ahead.
/// </summary>
/// <param name="bounds">Upper bounds of the buckets, inclusive, rising; one more bucket has none.</param>
internal sealed class HistogramSeries(double[] bounds)
{
    // Of each copy: a count for each bucket, then the sum as the bits of a double.
    private readonly int stride = Stripes.Stride(bounds.Length + 2);
    private readonly long[] numbers = new long[Stripes.Count * Stripes.Stride(bounds.Length + 2)];
    private Exemplar?[]? exemplars;

    public double Sum
    {
        get
        {
            var sum = 0.0;
            for (var at = bounds.Length + 1; at < numbers.Length; at += stride)
                sum += BitConverter.Int64BitsToDouble(Volatile.Read(ref numbers[at]));
            return sum;
        }
    }

    /// <param name="value">In the metric's unit.</param>
    /// <param name="stripe">The present core's (<see cref="Stripes.Current"/>).</param>
    /// <param name="exemplar">Replaces the example of the value's bucket; null keeps it.</param>
    public void Record(double value, int stripe, Exemplar? exemplar = null)
    {
        var start = stripe * stride;
        var bucket = Bucket(value);
        Interlocked.Increment(ref numbers[start + bucket]);
        Stripes.Add(ref numbers[start + bounds.Length + 1], value);
        if (exemplar is not null) Keep(bucket, exemplar);
    }

    /// <summary>Values in one bucket; <c>bounds.Length</c> is the last.</summary>
    public long Count(int bucket)
    {
        var count = 0L;
        for (var at = bucket; at < numbers.Length; at += stride) count += Volatile.Read(ref numbers[at]);
        return count;
    }

    public Exemplar? ExemplarOf(int bucket) =>
        Volatile.Read(ref exemplars) is { } kept ? Volatile.Read(ref kept[bucket]) : null;

    /// <summary>The first bucket whose bound is not below the value; NaN goes to the last.</summary>
    private int Bucket(double value)
    {
        var (low, high) = (0, bounds.Length);
        while (low < high)
        {
            var middle = (low + high) >> 1;
            if (value <= bounds[middle]) high = middle;
            else low = middle + 1;
        }

        return low;
    }

    private void Keep(int bucket, Exemplar exemplar)
    {
        var kept = Volatile.Read(ref exemplars);
        if (kept is null)
        {
            Interlocked.CompareExchange(ref exemplars, new Exemplar?[bounds.Length + 1], null);
            kept = exemplars!;
        }

        Volatile.Write(ref kept[bucket], exemplar);
    }
}
