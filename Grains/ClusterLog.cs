using Microsoft.Extensions.Logging;

namespace Grains;

internal static partial class ClusterLog
{
    [LoggerMessage(EventId = 40, EventName = "RoutesUnsettled", Level = LogLevel.Warning,
        Message = "Model '{Model}' version {Version} stays loaded: not every silo has confirmed the routes without it yet")]
    public static partial void Unsettled(ILogger log, string model, string version);

    [LoggerMessage(EventId = 41, EventName = "ReplicaGone", Level = LogLevel.Warning,
        Message = "Model '{Model}' version {Version}, replica {Ordinal}, did not answer: {Reason}")]
    public static partial void ReplicaGone(ILogger log, string model, string version, int ordinal, string reason);

    [LoggerMessage(EventId = 42, EventName = "RepositoryUnreadable", Level = LogLevel.Error, Message = "{Fault}; what is loaded serves on")]
    public static partial void Unreadable(ILogger log, string fault);

    [LoggerMessage(EventId = 43, EventName = "RouteTableLost", Level = LogLevel.Warning,
        Message = "The cluster's route table does not answer; requests go by the last routes: {Reason}")]
    public static partial void RoutesLost(ILogger log, string reason);

    [LoggerMessage(EventId = 44, EventName = "ModelLeftBehind", Level = LogLevel.Warning, Message = "Model '{Model}' could not be told of a change: {Reason}")]
    public static partial void Untold(ILogger log, string model, string reason);

    [LoggerMessage(EventId = 45, EventName = "TryFailed", Level = LogLevel.Information,
        Message = "A request for model '{Model}' version {Version} failed at silo {Silo} and goes on to the next replica: {Reason}")]
    public static partial void TryFailed(ILogger log, string model, string version, Orleans.Runtime.SiloAddress silo, string reason);

    [LoggerMessage(EventId = 46, EventName = "LeftEarly", Level = LogLevel.Warning,
        Message = "The silo stops although {Replicas} of its replicas do not stand elsewhere yet")]
    public static partial void LeftEarly(ILogger log, int replicas);

    [LoggerMessage(EventId = 48, EventName = "CountsLost", Level = LogLevel.Warning, Message = "Counts of observed requests did not reach their monitor: {Reason}")]
    public static partial void CountsLost(ILogger log, string reason);

    [LoggerMessage(EventId = 47, EventName = "ReplicaOrphaned", Level = LogLevel.Warning,
        Message = "Replica {Replica} is loaded here, but no route has led to it for some time: it is unloaded")]
    public static partial void Orphaned(ILogger log, string replica);

    [LoggerMessage(EventId = 51, EventName = "ModelUnsaved", Level = LogLevel.Error, Message = "A change to model '{Model}' could not be saved: {Reason}")]
    public static partial void Unsaved(ILogger log, string model, string reason);

    [LoggerMessage(EventId = 52, EventName = "AccessUnsaved", Level = LogLevel.Error,
        Message = "A change of keys, limits or the audit log could not be saved: {Reason}")]
    public static partial void AccessUnsaved(ILogger log, string reason);

    [LoggerMessage(EventId = 53, EventName = "AccessUnsettled", Level = LogLevel.Warning,
        Message = "A change of keys or limits is in force, but not confirmed by {Silos} yet: within a second of being reached again")]
    public static partial void AccessUnsettled(ILogger log, string silos);

    [LoggerMessage(EventId = 54, EventName = "AccessLost", Level = LogLevel.Warning,
        Message = "The owner of the cluster's keys does not answer; requests go by the keys known last: {Reason}")]
    public static partial void AccessLost(ILogger log, string reason);

    [LoggerMessage(EventId = 48, EventName = "StorageUnreachable", Level = LogLevel.Error,
        Message = "The cluster's storage does not answer: requests are served, changes are refused, no silo can join or be declared dead: {Reason}")]
    public static partial void StorageAway(ILogger log, string reason);

    [LoggerMessage(EventId = 49, EventName = "StorageBack", Level = LogLevel.Warning, Message = "The cluster's storage answers again")]
    public static partial void StorageBack(ILogger log);

    [LoggerMessage(EventId = 50, EventName = "StorageLost", Level = LogLevel.Critical,
        Message = "The cluster's storage has lost its data: requests are served, changes are refused, and silos that start now form a cluster of their "
            + "own. Restore the data from a backup and restart all silos")]
    public static partial void StorageLost(ILogger log);

    [LoggerMessage(EventId = 55, EventName = "CutOff", Level = LogLevel.Error, Message = "Not ready any more: {Why}")]
    public static partial void CutOff(ILogger log, string why);

    [LoggerMessage(EventId = 56, EventName = "InReach", Level = LogLevel.Warning, Message = "The silo is not cut off from its cluster any more")]
    public static partial void InReach(ILogger log);
}
