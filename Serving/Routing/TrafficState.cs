using Serving.Routing.Rollouts;

namespace Serving.Routing;

/// <summary>All that a <see cref="ModelTraffic"/> must remember over a restart.</summary>
/// <param name="Epoch">Raised by one at each change, also when the document is removed.</param>
/// <param name="Document">The traffic document, or null.</param>
/// <param name="Before">The document as it was before the last rollout began; null when there was none.</param>
/// <param name="Rollout">The last rollout, running or over; null before the first.</param>
/// <param name="Shadows">For each shadow's version the epoch that made it one; null for none.</param>
internal sealed record TrafficState(
    long Epoch, TrafficDocument? Document, TrafficDocument? Before, RolloutState? Rollout, IReadOnlyDictionary<string, long>? Shadows = null);
