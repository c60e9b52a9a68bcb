using Serving.Access;

namespace Gateway.Access;

/// <summary>
/// What a caller can ask for, whichever protocol it is asked in: its name in metrics, traces and logs, and who may ask. Every path
/// and procedure is of one of these kinds; there is no default.
/// </summary>
/// <param name="Name">A word of its own.</param>
/// <param name="Scope">What the caller must be allowed; <see cref="AccessScope.None"/> lets everybody in.</param>
/// <param name="Reach">Which models the scope must be good for.</param>
internal sealed record OperationKind(string Name, AccessScope Scope, AccessReach Reach)
{
    /// <summary>The state before and after goes into the audit log.</summary>
    public bool IsAudited { get; private init; }

    // Those who ask whether the server is up are probes without a key, and learn one bit.
    public static readonly OperationKind ServerLive = new("server_live", AccessScope.None, AccessReach.Server);
    public static readonly OperationKind ServerReady = new("server_ready", AccessScope.None, AccessReach.Server);
    public static readonly OperationKind HealthWatch = new("health_watch", AccessScope.None, AccessReach.Server);

    /// <summary>What can be asked, not what is served: as public as this product.</summary>
    public static readonly OperationKind Documentation = new("documentation", AccessScope.None, AccessReach.Server);

    public static readonly OperationKind ServerMetadata = Read("server_metadata", AccessReach.Server);
    public static readonly OperationKind Metrics = Read("metrics", AccessReach.AllModels);

    public static readonly OperationKind ModelMetadata = Read("model_metadata", AccessReach.Model);
    public static readonly OperationKind ModelReady = Read("model_ready", AccessReach.Model);
    public static readonly OperationKind ModelConfig = Read("model_config", AccessReach.Model);
    public static readonly OperationKind ModelStatistics = Read("model_statistics", AccessReach.Model);
    public static readonly OperationKind AllStatistics = Read("all_statistics", AccessReach.Server);

    public static readonly OperationKind Infer = new("infer", AccessScope.Infer, AccessReach.Model);
    public static readonly OperationKind InferStream = new("infer_stream", AccessScope.Infer, AccessReach.Server);

    public static readonly OperationKind TrafficRead = Read("traffic_read", AccessReach.Model);
    public static readonly OperationKind TrafficChange = Change("traffic_change", AccessReach.Model);
    public static readonly OperationKind RolloutRead = Read("rollout_read", AccessReach.Model);
    public static readonly OperationKind RolloutChange = Change("rollout_change", AccessReach.Model);

    public static readonly OperationKind BaselineRead = Read("baseline_read", AccessReach.Model);
    public static readonly OperationKind BaselineChange = Change("baseline_change", AccessReach.Model);
    public static readonly OperationKind DriftRead = Read("drift_read", AccessReach.Model);
    public static readonly OperationKind QualityRead = Read("quality_read", AccessReach.Model);

    /// <summary>Those who are answered say what would have been right.</summary>
    public static readonly OperationKind Feedback = new("feedback", AccessScope.Infer, AccessReach.Model);
    public static readonly OperationKind AllDrift = Read("all_drift", AccessReach.AllModels);

    public static readonly OperationKind RepositoryIndex = Read("repository_index", AccessReach.Server);
    public static readonly OperationKind ModelLoad = Change("model_load", AccessReach.Model);
    public static readonly OperationKind ModelUnload = Change("model_unload", AccessReach.Model);

    public static readonly OperationKind LogRead = Read("log_read", AccessReach.AllModels);
    public static readonly OperationKind LogChange = Change("log_change", AccessReach.AllModels);
    public static readonly OperationKind TraceRead = Read("trace_read", AccessReach.AllModels);
    public static readonly OperationKind TraceChange = Change("trace_change", AccessReach.AllModels);
    public static readonly OperationKind ModelTraceRead = Read("model_trace_read", AccessReach.Model);
    public static readonly OperationKind ModelTraceChange = Change("model_trace_change", AccessReach.Model);

    public static readonly OperationKind KeysRead = Administer("keys_read");
    public static readonly OperationKind KeysChange = Administer("keys_change");
    public static readonly OperationKind LimitsRead = Read("limits_read", AccessReach.Model);
    public static readonly OperationKind LimitsChange = Administer("limits_change");
    public static readonly OperationKind AuditRead = Administer("audit_read");

    /// <summary>What the protocol has and this server has not.</summary>
    public static readonly OperationKind Unserved = Read("unserved", AccessReach.Server);

    /// <summary>What one edition has and the other has not.</summary>
    public static OperationKind OfProgram(string name) => Read(name, AccessReach.AllModels);

    private static OperationKind Read(string name, AccessReach reach) => new(name, AccessScope.Read, reach);

    private static OperationKind Change(string name, AccessReach reach) => new(name, AccessScope.Admin, reach) { IsAudited = true };

    /// <summary>About keys and limits, whose store writes its own audit notes.</summary>
    private static OperationKind Administer(string name) => new(name, AccessScope.Admin, AccessReach.AllModels);
}
