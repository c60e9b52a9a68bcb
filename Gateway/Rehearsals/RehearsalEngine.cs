using Serving;
using Serving.Drift;
using Serving.Inference;
using Serving.Models;
using Serving.Routing;

namespace Gateway.Rehearsals;

/// <summary>
/// Answers with the inputs it was given, every second time from another thread, as a model that is not quick would. Nothing but
/// inferences is asked of it.
/// </summary>
internal sealed class RehearsalEngine : IServingEngine
{
    private static readonly RouteDecision Route = new RouteDecision("1", null, RouteReason.Only, 0).WithText();
    private int requests;

    public IModelCatalog Models => null!;

    public ITrafficControl Traffic => null!;

    public IDriftControl Drift => null!;

    public IQualityControl Quality => null!;

    public async ValueTask<Outcome<InferenceResponse>> InferAsync(InferenceRequest request, CancellationToken cancellationToken)
    {
        if (++requests % 2 == 0) await Task.Yield();
        return new InferenceResponse
        {
            Model = request.Model, Version = Route.Version, Id = request.Id, Outputs = request.Inputs, Route = Route,
            Timing = new RequestTiming(TimeSpan.FromMicroseconds(12), TimeSpan.FromMicroseconds(345)),
        };
    }

    public ValueTask<string?> WhyNotReadyAsync(CancellationToken cancellationToken) => new((string?)null);
}
