using Serving.Routing.Rollouts;
using Serving.Routing.Shadows;

namespace Serving.Routing;

/// <summary>How a model's traffic is divided, and the rollout that may be changing it. Every change is durable before it is answered.</summary>
public interface ITrafficControl
{
    /// <summary>The model's traffic document. <see cref="ErrorCode.NotFound"/> when it has none.</summary>
    ValueTask<Outcome<TrafficDocument>> GetAsync(string model, CancellationToken cancellationToken);

    /// <summary>Puts a document in force, whole or not at all.</summary>
    /// <param name="model">The model.</param>
    /// <param name="document">The document; every version it names must be ready.</param>
    /// <param name="match">The epoch it was made from; null to put it over whatever stands. A stale one is <see cref="ErrorCode.StaleMatch"/>.</param>
    /// <param name="cancellationToken">Ends the wait, not the change.</param>
    /// <returns>The document with its new epoch.</returns>
    ValueTask<Outcome<TrafficDocument>> PutAsync(string model, TrafficDocument document, long? match, CancellationToken cancellationToken);

    /// <summary>Removes the document: the highest ready version answers.</summary>
    ValueTask<Outcome<Done>> DeleteAsync(string model, long? match, CancellationToken cancellationToken);

    /// <summary>How the model's shadows compare with the answers given.</summary>
    ValueTask<Outcome<IReadOnlyList<ShadowReport>>> GetShadowsAsync(string model, CancellationToken cancellationToken);

    /// <summary>Starts a rollout from the present stable version. <see cref="ErrorCode.Conflict"/> while one runs.</summary>
    ValueTask<Outcome<RolloutStatus>> StartRolloutAsync(string model, RolloutSpec spec, CancellationToken cancellationToken);

    /// <summary>How the last rollout stands. <see cref="ErrorCode.NotFound"/> before the first.</summary>
    ValueTask<Outcome<RolloutStatus>> GetRolloutAsync(string model, CancellationToken cancellationToken);

    /// <summary>Rolls the running rollout back at once.</summary>
    ValueTask<Outcome<RolloutStatus>> RollBackAsync(string model, CancellationToken cancellationToken);
}
