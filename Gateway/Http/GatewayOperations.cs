using Gateway.Access;
using Gateway.Access.Quotas;
using Gateway.Documentation;
using Gateway.Hosting;
using Gateway.Metrics;
using Gateway.OpenInference;
using Gateway.Settings;
using Gateway.TensorFlow;
using Serving;
using Serving.Inference;

namespace Gateway.Http;

/// <summary>Every path and verb of the HTTP side, in one list: what is not in here does not exist.</summary>
internal static class GatewayOperations
{
    public static OperationTable Build(GatewayParts parts)
    {
        var engine = parts.Engine;
        var bodies = new BodyReader(parts.Options, TensorPool.Shared, parts.Budget, parts.Instruments);
        var server = new ServerOperations(engine);
        var models = new ModelOperations(engine.Models);
        var names = new NameTable();
        var reader = new InferenceBodyReader(ReadLimits.Default, names, TensorPool.Shared);
        var inference = new InferenceOperation(engine, bodies, reader, new InferenceAnswer(engine.Models), parts.Ids);
        var repository = new RepositoryOperations(engine.Models, bodies);
        var changes = new SettingsOperations(parts.Settings, engine.Models, bodies);
        var traffic = new TrafficOperations(engine.Traffic, bodies);
        var drift = new DriftOperations(engine.Drift, bodies);
        var quality = new QualityOperations(engine.Quality, bodies);

        OperationTable? table = null;
        var documentation = new DocumentationOperations(() => table!.All);
        table = new OperationTable(
        [
            .. Metrics(parts),
            .. Keys(parts, bodies),

            new("GET", "/docs", OperationKind.Documentation, documentation.GetPage),
            new("GET", "/openapi.json", OperationKind.Documentation, documentation.GetOpenApi),

            new("GET", "/v2", OperationKind.ServerMetadata, server.GetMetadata),
            new("GET", "/v2/health/live", OperationKind.ServerLive, server.GetLive),
            new("GET", "/v2/health/ready", OperationKind.ServerReady, server.GetReady),

            new("GET", "/v2/models/stats", OperationKind.AllStatistics, models.GetStatistics),
            new("GET", "/v2/models/{model}", OperationKind.ModelMetadata, models.GetMetadata),
            new("GET", "/v2/models/{model}/versions/{version}", OperationKind.ModelMetadata, models.GetMetadata),
            new("GET", "/v2/models/{model}/ready", OperationKind.ModelReady, models.GetReady),
            new("GET", "/v2/models/{model}/versions/{version}/ready", OperationKind.ModelReady, models.GetReady),
            new("GET", "/v2/models/{model}/config", OperationKind.ModelConfig, models.GetConfig),
            new("GET", "/v2/models/{model}/versions/{version}/config", OperationKind.ModelConfig, models.GetConfig),
            new("GET", "/v2/models/{model}/stats", OperationKind.ModelStatistics, models.GetStatistics),
            new("GET", "/v2/models/{model}/versions/{version}/stats", OperationKind.ModelStatistics, models.GetStatistics),

            new("POST", "/v2/models/{model}/infer", OperationKind.Infer, inference.Infer),
            new("POST", "/v2/models/{model}/versions/{version}/infer", OperationKind.Infer, inference.Infer),

            new("GET", "/v2/models/{model}/traffic", OperationKind.TrafficRead, traffic.Get),
            new("PUT", "/v2/models/{model}/traffic", OperationKind.TrafficChange, traffic.Put),
            new("DELETE", "/v2/models/{model}/traffic", OperationKind.TrafficChange, traffic.Delete),
            new("GET", "/v2/models/{model}/traffic/shadows", OperationKind.TrafficRead, traffic.GetShadows),
            new("POST", "/v2/models/{model}/rollout", OperationKind.RolloutChange, traffic.StartRollout),
            new("GET", "/v2/models/{model}/rollout", OperationKind.RolloutRead, traffic.GetRollout),
            new("DELETE", "/v2/models/{model}/rollout", OperationKind.RolloutChange, traffic.RollBack),

            new("GET", "/v2/drift", OperationKind.AllDrift, drift.GetAll),
            new("GET", "/v2/models/{model}/versions/{version}/drift", OperationKind.DriftRead, drift.Get),
            new("GET", "/v2/models/{model}/versions/{version}/drift/events", OperationKind.DriftRead, drift.GetEvents),
            new("GET", "/v2/models/{model}/versions/{version}/baseline", OperationKind.BaselineRead, drift.GetBaseline),
            new("PUT", "/v2/models/{model}/versions/{version}/baseline", OperationKind.BaselineChange, drift.PutBaseline),
            new("DELETE", "/v2/models/{model}/versions/{version}/baseline", OperationKind.BaselineChange, drift.DeleteBaseline),

            new("POST", "/v2/models/{model}/feedback", OperationKind.Feedback, quality.PostFeedback),
            new("GET", "/v2/models/{model}/versions/{version}/quality", OperationKind.QualityRead, quality.Get),

            new("POST", "/v2/repository/index", OperationKind.RepositoryIndex, repository.GetIndex),
            new("POST", "/v2/repository/models/{model}/load", OperationKind.ModelLoad, repository.Load),
            new("POST", "/v2/repository/models/{model}/unload", OperationKind.ModelUnload, repository.Unload),

            new("GET", "/v2/logging", OperationKind.LogRead, changes.GetLog),
            new("POST", "/v2/logging", OperationKind.LogChange, changes.ChangeLog),
            new("GET", "/v2/trace/setting", OperationKind.TraceRead, changes.GetTrace),
            new("POST", "/v2/trace/setting", OperationKind.TraceChange, changes.ChangeTrace),
            new("GET", "/v2/models/{model}/trace/setting", OperationKind.ModelTraceRead, changes.GetTrace),
            new("POST", "/v2/models/{model}/trace/setting", OperationKind.ModelTraceChange, changes.ChangeTrace),

            .. parts.OfProgram.Select(one => new Operation(
                "GET", one.Path, OperationKind.OfProgram(one.Name), (context, _) => one.AnswerAsync(context))
            {
                OwnDoc = OperationDocs.OfProgram(one.Summary, one.Schema),
            }),

            .. TensorFlowRoutes.All(engine, bodies, names, parts.Ids),
        ]);
        return table;
    }

    private static IEnumerable<Operation> Metrics(GatewayParts parts)
    {
        if (parts.Metrics is null) return [];
        var triton = parts.Options.TritonMetricNames ? new TritonMetrics(parts.Engine.Models) : null;
        return [new("GET", "/metrics", OperationKind.Metrics, new MetricsOperation(parts.Metrics, parts.DriftNumbers, triton).Get)];
    }

    private static IEnumerable<Operation> Keys(GatewayParts parts, BodyReader bodies)
    {
        if (parts.Keys is null) return [];
        var keys = new KeyOperations(parts.Keys, bodies);
        var limits = new LimitOperations(parts.Keys, bodies);
        return
        [
            new("GET", "/v2/keys", OperationKind.KeysRead, keys.List),
            new("POST", "/v2/keys", OperationKind.KeysChange, keys.Create),
            new("GET", "/v2/keys/{key}", OperationKind.KeysRead, keys.Get),
            new("DELETE", "/v2/keys/{key}", OperationKind.KeysChange, keys.Revoke),
            new("POST", "/v2/keys/{key}/rotate", OperationKind.KeysChange, keys.Rotate),
            new("PUT", "/v2/keys/{key}/limits", OperationKind.KeysChange, limits.PutKey),
            new("DELETE", "/v2/keys/{key}/limits", OperationKind.KeysChange, limits.DeleteKey),
            new("GET", "/v2/models/{model}/limits", OperationKind.LimitsRead, limits.GetModel),
            new("PUT", "/v2/models/{model}/limits", OperationKind.LimitsChange, limits.PutModel),
            new("DELETE", "/v2/models/{model}/limits", OperationKind.LimitsChange, limits.DeleteModel),
            new("GET", "/v2/audit", OperationKind.AuditRead, keys.GetAudit),
        ];
    }
}
