namespace Gateway.Tracing;

/// <summary>The settings that hold for one model, or for all, as the trace extension writes them.</summary>
/// <param name="File">Where traces go; empty for nowhere.</param>
/// <param name="Level"><c>OFF</c> or <c>TIMESTAMPS</c>.</param>
/// <param name="Rate">One request of so many.</param>
/// <param name="Count">Traces still to take; -1 for no end.</param>
internal sealed record TraceView(string File, string Level, string Rate, string Count)
{
    /// <summary>Traces are appended to one file.</summary>
    public const string Frequency = "0";
}
