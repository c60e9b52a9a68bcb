using Grains.Drift;
using Grains.Drift.Quality;
using Grains.Routing;
using Orleans.Runtime;
using Serving;
using Serving.Drift;
using Serving.Inference;
using Serving.Models;
using Serving.Routing;

namespace Grains.Client;

/// <summary>The port over a client of the cluster.</summary>
internal sealed class ClientServingEngine(ClientRoutes routes, ClientRequests requests, IGrainFactory grains) : IServingEngine
{
    public IModelCatalog Models { get; } = new ClientModelCatalog(routes, grains);

    public ITrafficControl Traffic { get; } = new ClusterTraffic(model => routes.Find(model).Error, grains);

    public IDriftControl Drift { get; } = new ClusterDrift(routes.Resolve, routes.Watched, grains);

    public IQualityControl Quality { get; } = new ClusterQuality(model => routes.Find(model).Error, routes.Resolve, grains);

    /// <remarks>A model that this client has not heard of yet is asked for all the same: silos know best.</remarks>
    public ValueTask<Outcome<InferenceResponse>> InferAsync(InferenceRequest request, CancellationToken cancellationToken) =>
        requests.InferAsync(request, routes.Models.GetValueOrDefault(request.Model)?.Asked(request.Attributes), cancellationToken);

    public async ValueTask<string?> WhyNotReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await grains.GetGrain<IClientDoor>(0).WhyNotReady().WaitAsync(cancellationToken).ConfigureAwait(false) ?? routes.WhyNotWhole;
        }
        catch (Exception lost) when (ClusterFault.Is(lost))
        {
            return $"no silo of the cluster answers: {lost.Message}";
        }
    }
}
