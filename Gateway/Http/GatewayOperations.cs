using Gateway.Hosting;
using Gateway.OpenInference;
using Serving;
using Serving.Inference;

namespace Gateway.Http;

/// <summary>Every path and verb of the HTTP side, in one list: what is not in here does not exist.</summary>
internal static class GatewayOperations
{
    public static OperationTable Build(IServingEngine engine, GatewayOptions options, RequestIds ids, BodyBudget budget)
    {
        var bodies = new BodyReader(options, TensorPool.Shared, budget);
        var server = new ServerOperations(engine);
        var models = new ModelOperations(engine.Models);
        var reader = new InferenceBodyReader(ReadLimits.Default, new NameTable(), TensorPool.Shared);
        var inference = new InferenceOperation(engine, bodies, reader, new InferenceAnswer(engine.Models), ids);
        var repository = new RepositoryOperations(engine.Models, bodies);
        var traffic = new TrafficOperations(engine.Traffic, bodies);

        return new OperationTable(
        [
            new("GET", "/v2", server.GetMetadata),
            new("GET", "/v2/health/live", server.GetLive),
            new("GET", "/v2/health/ready", server.GetReady),

            new("GET", "/v2/models/stats", models.GetStatistics),
            new("GET", "/v2/models/{model}", models.GetMetadata),
            new("GET", "/v2/models/{model}/versions/{version}", models.GetMetadata),
            new("GET", "/v2/models/{model}/ready", models.GetReady),
            new("GET", "/v2/models/{model}/versions/{version}/ready", models.GetReady),
            new("GET", "/v2/models/{model}/config", models.GetConfig),
            new("GET", "/v2/models/{model}/versions/{version}/config", models.GetConfig),
            new("GET", "/v2/models/{model}/stats", models.GetStatistics),
            new("GET", "/v2/models/{model}/versions/{version}/stats", models.GetStatistics),

            new("POST", "/v2/models/{model}/infer", inference.Infer),
            new("POST", "/v2/models/{model}/versions/{version}/infer", inference.Infer),

            new("GET", "/v2/models/{model}/traffic", traffic.Get),
            new("PUT", "/v2/models/{model}/traffic", traffic.Put),
            new("DELETE", "/v2/models/{model}/traffic", traffic.Delete),
            new("GET", "/v2/models/{model}/traffic/shadows", traffic.GetShadows),
            new("POST", "/v2/models/{model}/rollout", traffic.StartRollout),
            new("GET", "/v2/models/{model}/rollout", traffic.GetRollout),
            new("DELETE", "/v2/models/{model}/rollout", traffic.RollBack),

            new("POST", "/v2/repository/index", repository.GetIndex),
            new("POST", "/v2/repository/models/{model}/load", repository.Load),
            new("POST", "/v2/repository/models/{model}/unload", repository.Unload),
        ]);
    }
}
