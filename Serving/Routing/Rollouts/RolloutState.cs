namespace Serving.Routing.Rollouts;

/// <summary>All that a <see cref="Rollout"/> must remember over a restart.</summary>
internal sealed record RolloutState
{
    public required RolloutSpec Spec { get; init; }

    public required string From { get; init; }

    public required RolloutPhase Phase { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When the present step began, or the rollout ended.</summary>
    public required DateTimeOffset StepStartedAt { get; init; }

    /// <summary>The traffic document's epoch now.</summary>
    public required long Epoch { get; init; }

    /// <summary>The steps so far, the present one last.</summary>
    public required IReadOnlyList<StageCounts> Stages { get; init; }

    public required LatencyLaw? Law { get; init; }

    public required LatencyCounts StableLatencies { get; init; }

    public required LatencyCounts CanaryLatencies { get; init; }

    /// <summary>The last sequence number taken from each process.</summary>
    public required SortedDictionary<string, long> Reporters { get; init; }

    public required long RefusedReports { get; init; }

    public required IReadOnlyList<RolloutDecision> Log { get; init; }
}
