namespace Grains.Drift.Quality;

/// <summary>What truths said about one version under one epoch of a rollout, since the rollout began.</summary>
[GenerateSerializer, Immutable, Alias("serving.arm")]
public sealed record SentArm(
    [property: Id(0)] long Epoch, [property: Id(1)] string Version, [property: Id(2)] long Truths, [property: Id(3)] long Wrong, [property: Id(4)] long TestedWrong);
