namespace Grains.Inference;

/// <summary>How a running rollout drew a request, on its way to where the request runs: truths about its answer are counted by it.</summary>
/// <param name="Rollout">The rollout, by the epoch it began with.</param>
/// <param name="Epoch">The epoch of the traffic document it was drawn under.</param>
/// <param name="Caller">The sticky caller it was drawn with; null for one that was drawn by itself.</param>
[GenerateSerializer, Immutable, Alias("serving.draw")]
public sealed record SentDraw([property: Id(0)] long Rollout, [property: Id(1)] long Epoch, [property: Id(2)] string? Caller);
