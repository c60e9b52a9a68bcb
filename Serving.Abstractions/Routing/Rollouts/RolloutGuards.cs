namespace Serving.Routing.Rollouts;

/// <summary>What a rollout watches; at least one. Without a word about guards, errors are watched, with no tolerance.</summary>
public sealed record RolloutGuards
{
    /// <summary>Requests that fail; null to look away.</summary>
    public ErrorRateGuardSpec? ErrorRate { get; init; }

    /// <summary>Answers that take longer; null to look away.</summary>
    public LatencyGuardSpec? Latency { get; init; }

    /// <summary>Alerts of drift monitoring that the new version has and the stable one has not.</summary>
    public bool Drift { get; init; }

    /// <summary>Answers that feedback finds wrong; null to look away.</summary>
    public QualityGuardSpec? Quality { get; init; }

    public static RolloutGuards Default { get; } = new() { ErrorRate = new ErrorRateGuardSpec() };
}
