using Serving;
using Serving.Drift;
using Serving.Inference;
using Serving.Models;
using Serving.Routing;

namespace Gateway.Rehearsals;

/// <summary>An engine that is not ready before the rehearsal is over; one without models has nothing that could be slow.</summary>
internal sealed class RehearsedEngine(IServingEngine engine, Rehearsal rehearsal) : IServingEngine
{
    public IModelCatalog Models => engine.Models;

    public ITrafficControl Traffic => engine.Traffic;

    public IDriftControl Drift => engine.Drift;

    public IQualityControl Quality => engine.Quality;

    public ValueTask<Outcome<InferenceResponse>> InferAsync(InferenceRequest request, CancellationToken cancellationToken) =>
        engine.InferAsync(request, cancellationToken);

    public async ValueTask<string?> WhyNotReadyAsync(CancellationToken cancellationToken) =>
        await engine.WhyNotReadyAsync(cancellationToken)
        ?? (rehearsal.IsOver || (await engine.Models.ListAsync(cancellationToken)).Count == 0
            ? null
            : "the rehearsal is not over: made-up requests are answered first, so that the first real one is not slow");
}
