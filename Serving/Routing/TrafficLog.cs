using Microsoft.Extensions.Logging;

namespace Serving.Routing;

internal static partial class TrafficLog
{
    [LoggerMessage(EventId = 40, EventName = "TrafficChanged", Level = LogLevel.Information, Message = "Traffic of model '{Model}' is at epoch {Epoch}")]
    public static partial void Changed(ILogger log, string model, long epoch);

    [LoggerMessage(EventId = 41, EventName = "RolloutDecided", Level = LogLevel.Information,
        Message = "Rollout of model '{Model}' to version {Version}: {Action}, because {Reason}")]
    public static partial void Decided(ILogger log, string model, string version, string action, string reason);

    [LoggerMessage(EventId = 42, EventName = "TrafficNotSaved", Level = LogLevel.Error, Message = "Traffic of model '{Model}' could not be saved; what was saved last stays in force: {Reason}")]
    public static partial void NotSaved(ILogger log, string model, string reason);

    [LoggerMessage(EventId = 43, EventName = "RolloutNotStarted", Level = LogLevel.Warning, Message = "Model '{Model}': {Reason}")]
    public static partial void NotStarted(ILogger log, string model, string reason);
}
