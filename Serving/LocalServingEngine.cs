using Serving.Drift;
using Serving.Inference;
using Serving.Models;
using Serving.Routing;

namespace Serving;

/// <summary>The port in one process.</summary>
internal sealed class LocalServingEngine(
    ModelLoop models, LocalInference inference, LocalModelCatalog catalog, ITrafficControl traffic, IDriftControl drift, IQualityControl quality) : IServingEngine
{
    public IModelCatalog Models => catalog;

    public ITrafficControl Traffic => traffic;

    public IDriftControl Drift => drift;

    public IQualityControl Quality => quality;

    public ValueTask<Outcome<InferenceResponse>> InferAsync(InferenceRequest request, CancellationToken cancellationToken) =>
        inference.InferAsync(request, cancellationToken);

    public ValueTask<string?> WhyNotReadyAsync(CancellationToken cancellationToken) => new(models.Table.AllReady ? null : Readiness.ModelsAreNot);
}
