using Microsoft.Extensions.Logging;

namespace Serving.Models;

internal static partial class ModelLog
{
    [LoggerMessage(EventId = 20, EventName = "VersionLoading", Level = LogLevel.Debug, Message = "Loading model '{Model}' version {Version}")]
    public static partial void Loading(ILogger log, string model, long version);

    [LoggerMessage(EventId = 21, EventName = "VersionReady", Level = LogLevel.Information,
        Message = "Model '{Model}' version {Version} is ready ({Milliseconds} ms, {Kilobytes} KB resident)")]
    public static partial void Ready(ILogger log, string model, long version, long milliseconds, long kilobytes);

    [LoggerMessage(EventId = 22, EventName = "VersionFailed", Level = LogLevel.Error, Message = "Model '{Model}' version {Version} could not be loaded: {Reason}")]
    public static partial void Failed(ILogger log, string model, long version, string reason);

    [LoggerMessage(EventId = 23, EventName = "VersionRetired", Level = LogLevel.Information, Message = "Model '{Model}' version {Version} is unloaded")]
    public static partial void Retired(ILogger log, string model, long version);

    [LoggerMessage(EventId = 24, EventName = "ModelFaulty", Level = LogLevel.Error, Message = "Model '{Model}' is not served as configured: {Reason}")]
    public static partial void Faulty(ILogger log, string model, string reason);

    [LoggerMessage(EventId = 25, EventName = "ScanFailed", Level = LogLevel.Error, Message = "The model repository could not be read; what is loaded serves on")]
    public static partial void ScanFailed(ILogger log, Exception exception);

    [LoggerMessage(EventId = 26, EventName = "RootUnreadable", Level = LogLevel.Error, Message = "{Fault}; what is loaded serves on")]
    public static partial void Unreadable(ILogger log, string fault);

    [LoggerMessage(EventId = 27, EventName = "VersionTuned", Level = LogLevel.Information, Message = "Model '{Model}' version {Version}: {Finding}")]
    public static partial void Tuned(ILogger log, string model, long version, string finding);
}
