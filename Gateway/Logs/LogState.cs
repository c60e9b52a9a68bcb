using Microsoft.Extensions.Logging;

namespace Gateway.Logs;

/// <summary>What is logged, and how its times look: the settings of the logging extension.</summary>
/// <param name="Info">Information lines.</param>
/// <param name="Warning">Warnings.</param>
/// <param name="Error">Errors, the critical ones included.</param>
/// <param name="Verbose">0 for no more than those, 1 for debug lines, 2 and above for all there are.</param>
/// <param name="Iso8601">Times are dates and times in UTC.</param>
internal sealed record LogState(bool Info, bool Warning, bool Error, uint Verbose, bool Iso8601)
{
    public string Format => Iso8601 ? "ISO8601" : "default";

    public bool Allows(LogLevel level) => level switch
    {
        LogLevel.Trace => Verbose >= 2,
        LogLevel.Debug => Verbose >= 1,
        _ => AllowsWords(level),
    };

    /// <summary>As <see cref="Allows"/>, where more than information is somebody else's choice.</summary>
    public bool AllowsWords(LogLevel level) => level switch
    {
        LogLevel.Information => Info,
        LogLevel.Warning => Warning,
        LogLevel.Error or LogLevel.Critical => Error,
        _ => true,
    };
}
