using Serving;
using Serving.Routing;
using Serving.Routing.Rollouts;
using Serving.Routing.Shadows;

namespace Gateway.Tests.Http;

/// <summary>A traffic control that has no model.</summary>
internal sealed class FakeTraffic : ITrafficControl
{
    public ValueTask<Outcome<TrafficDocument>> GetAsync(string model, CancellationToken cancellationToken) => new(ServingError.ModelNotFound(model));

    public ValueTask<Outcome<TrafficDocument>> PutAsync(string model, TrafficDocument document, long? match, CancellationToken cancellationToken) =>
        new(ServingError.ModelNotFound(model));

    public ValueTask<Outcome<Done>> DeleteAsync(string model, long? match, CancellationToken cancellationToken) => new(ServingError.ModelNotFound(model));

    public ValueTask<Outcome<IReadOnlyList<ShadowReport>>> GetShadowsAsync(string model, CancellationToken cancellationToken) =>
        new(ServingError.ModelNotFound(model));

    public ValueTask<Outcome<RolloutStatus>> StartRolloutAsync(string model, RolloutSpec spec, CancellationToken cancellationToken) =>
        new(ServingError.ModelNotFound(model));

    public ValueTask<Outcome<RolloutStatus>> GetRolloutAsync(string model, CancellationToken cancellationToken) => new(ServingError.ModelNotFound(model));

    public ValueTask<Outcome<RolloutStatus>> RollBackAsync(string model, CancellationToken cancellationToken) => new(ServingError.ModelNotFound(model));
}
