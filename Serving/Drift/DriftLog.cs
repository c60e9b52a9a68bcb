using Microsoft.Extensions.Logging;

namespace Serving.Drift;

internal static partial class DriftLog
{
    /// <summary>An alert was raised or cleared.</summary>
    public static void Tell(ILogger log, string model, string version, DriftAlert alert)
    {
        if (alert.State == AlertState.Raised) Raised(log, model, version, alert.Id, alert.Severity.ToString(), alert.Message);
        else Cleared(log, model, version, alert.Id, alert.Message);
    }

    [LoggerMessage(EventId = 60, EventName = "DriftRaised", Level = LogLevel.Warning,
        Message = "Drift of model '{Model}' version {Version}, alert {Id} ({Severity}): {Reason}")]
    public static partial void Raised(ILogger log, string model, string version, string id, string severity, string reason);

    [LoggerMessage(EventId = 61, EventName = "DriftCleared", Level = LogLevel.Information,
        Message = "Drift of model '{Model}' version {Version}, alert {Id} is over: {Reason}")]
    public static partial void Cleared(ILogger log, string model, string version, string id, string reason);

    [LoggerMessage(EventId = 62, EventName = "DriftNotSaved", Level = LogLevel.Error,
        Message = "Drift state of model '{Model}' version {Version} could not be saved and is tried again: {Reason}")]
    public static partial void NotSaved(ILogger log, string model, string version, string reason);

    [LoggerMessage(EventId = 63, EventName = "DriftNotWatched", Level = LogLevel.Warning,
        Message = "Drift of model '{Model}' version {Version} is not watched: {Reason}")]
    public static partial void NotWatched(ILogger log, string model, string version, string reason);

    [LoggerMessage(EventId = 65, EventName = "DriftNotRead", Level = LogLevel.Error, Message = "Drift state could not be read: {Reason}")]
    public static partial void NotRead(ILogger log, string reason);

    [LoggerMessage(EventId = 66, EventName = "WebhookNotDelivered", Level = LogLevel.Warning,
        Message = "Event {Event} could not be posted to {Receiver} and is tried again: {Reason}")]
    public static partial void NotDelivered(ILogger log, string @event, string receiver, string reason);

    [LoggerMessage(EventId = 67, EventName = "WebhookGivenUp", Level = LogLevel.Error,
        Message = "Event {Event} is not posted to {Receiver} any more: {Reason}")]
    public static partial void GivenUp(ILogger log, string @event, string receiver, string reason);

    [LoggerMessage(EventId = 64, EventName = "BaselineSet", Level = LogLevel.Information,
        Message = "Model '{Model}' version {Version} is compared with baseline {Hash} of {Count} rows")]
    public static partial void BaselineSet(ILogger log, string model, string version, string hash, long count);
}
