namespace Gateway.Tracing;

/// <summary>Which requests are traced, of one model or of all without settings of their own: every so many, up to so many.</summary>
/// <param name="on">Whether any are.</param>
/// <param name="rate">One of so many; at least 1.</param>
/// <param name="count">Traces to take; negative for no end.</param>
internal sealed class TraceScope(bool on, int rate, long count)
{
    private readonly long most = count;
    private long seen;
    private long left = count;

    public bool On { get; } = on;

    public int Rate { get; } = rate;

    /// <summary>Traces still to take; -1 for no end.</summary>
    public long Left => most < 0 ? -1 : Math.Max(0, Volatile.Read(ref left));

    /// <summary>Counts a request. True when it is one to trace.</summary>
    public bool Take()
    {
        if (!On || Interlocked.Increment(ref seen) % Rate != 0) return false;
        return most < 0 || (Volatile.Read(ref left) > 0 && Interlocked.Decrement(ref left) >= 0);
    }

    public bool IsAs(bool isOn, int oneOf, long upTo) => On == isOn && Rate == oneOf && most == upTo;
}
