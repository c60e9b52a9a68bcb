using Gateway.Logs;
using Gateway.Tracing;

namespace Gateway.Settings;

/// <summary>What callers may set while the server runs; one object behind both protocols.</summary>
/// <param name="Logs">The logging extension's.</param>
/// <param name="Traces">The trace extension's.</param>
internal sealed record ServerSettings(LogSettings Logs, TraceSettings Traces);
