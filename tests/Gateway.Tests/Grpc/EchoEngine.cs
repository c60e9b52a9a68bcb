using Serving;
using Serving.Inference;

namespace Gateway.Tests.Grpc;

/// <summary>Answers with what was sent: each input comes back as an output of its name.</summary>
internal static class EchoEngine
{
    public static ValueTask<Outcome<InferenceResponse>> Infer(InferenceRequest request, CancellationToken cancellation) => new(Answer(request));

    public static InferenceResponse Answer(InferenceRequest request) => new()
    {
        Model = request.Model,
        Version = "1",
        Id = request.Id,
        Outputs = request.Inputs,
        Route = new RouteDecision("1", null, RouteReason.Only, 0),
    };
}
