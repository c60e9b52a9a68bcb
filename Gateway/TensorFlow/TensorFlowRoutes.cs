using Gateway.Access;
using Gateway.Http;
using Gateway.OpenInference;
using Serving;
using Serving.Inference;

namespace Gateway.TensorFlow;

/// <summary>The paths of TensorFlow Serving's REST API, which KServe's first protocol shares.</summary>
internal static class TensorFlowRoutes
{
    private static readonly string[] Targets =
    [
        "/v1/models/{model}", "/v1/models/{model}/versions/{version}", "/v1/models/{model}/labels/{label}",
    ];

    public static IEnumerable<Operation> All(IServingEngine engine, BodyReader bodies, NameTable names, RequestIds ids)
    {
        var status = new StatusOperations(engine.Models);
        var reader = new PredictBodyReader(ReadLimits.Default, names, TensorPool.Shared);
        var inference = new InferenceOperations(engine, bodies, reader, ids);
        foreach (var target in Targets)
        {
            yield return new("GET", target, OperationKind.ModelReady, status.GetStatus);
            yield return new("GET", target + "/metadata", OperationKind.ModelMetadata, status.GetMetadata);
            yield return new("POST", target + ":predict", OperationKind.Infer, inference.Predict);
            yield return new("POST", target + ":classify", OperationKind.Infer, inference.Classify);
            yield return new("POST", target + ":regress", OperationKind.Infer, inference.Regress);
        }
    }
}
