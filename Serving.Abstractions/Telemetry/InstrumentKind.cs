namespace Serving.Telemetry;

/// <summary>How a measured number behaves.</summary>
public enum InstrumentKind : byte
{
    /// <summary>Only rises, from 0 at the start of the process or of what is counted.</summary>
    Counter,

    /// <summary>Whatever it is now.</summary>
    Gauge,

    /// <summary>Counts in fixed buckets, so that those of any nodes and versions add up.</summary>
    Histogram,
}
