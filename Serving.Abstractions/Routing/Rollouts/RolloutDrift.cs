namespace Serving.Routing.Rollouts;

/// <summary>What drift monitoring says of a rollout's new version.</summary>
/// <param name="Alerts">Alerts that stand for the new version while the stable one shows nothing of the kind, as sentences.</param>
/// <param name="Unsettled">Alerts of the new version that the stable one may come to share.</param>
public sealed record RolloutDrift(IReadOnlyList<string> Alerts, IReadOnlyList<string> Unsettled);
