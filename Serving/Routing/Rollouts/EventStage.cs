namespace Serving.Routing.Rollouts;

/// <summary>How often something happened in both arms while the canary's share of the draws stood still.</summary>
/// <param name="Share">The probability with which a drawn request went to the canary, between 0 and 1, ends left out.</param>
/// <param name="CanaryEvents">Requests of the canary to which it happened.</param>
/// <param name="CanaryRequests">All requests of the canary.</param>
/// <param name="StableEvents">Requests of the stable version to which it happened.</param>
/// <param name="StableRequests">All requests of the stable version.</param>
internal readonly record struct EventStage(
    double Share, long CanaryEvents, long CanaryRequests, long StableEvents, long StableRequests)
{
    /// <summary>The same counts with the arms' roles exchanged.</summary>
    public EventStage Swapped() => new(1 - Share, StableEvents, StableRequests, CanaryEvents, CanaryRequests);
}
