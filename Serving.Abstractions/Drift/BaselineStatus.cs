namespace Serving.Drift;

/// <summary>What a version is compared with after a change: a baseline, or one that is being learned.</summary>
public sealed record BaselineStatus(BaselineInfo? Baseline, LearningProgress? Learning);
