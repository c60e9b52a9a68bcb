namespace Gateway.Tests.Tracing;

/// <summary>A span as a collector gets it. Times are nanoseconds since 1970, ids in hexadecimal.</summary>
internal sealed record SentSpan(
    string Trace, string Id, string Parent, string Name, ulong Start, ulong End, IReadOnlyDictionary<string, string> Attributes)
{
    public double Seconds => (End - Start) * 1e-9;
}
