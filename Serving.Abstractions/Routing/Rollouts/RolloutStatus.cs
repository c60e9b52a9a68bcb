namespace Serving.Routing.Rollouts;

/// <summary>A rollout as it stands: what <c>GET /v2/models/{model}/rollout</c> answers.</summary>
public sealed record RolloutStatus
{
    public required RolloutPhase State { get; init; }

    /// <summary>The version that was stable when it began.</summary>
    public required string From { get; init; }

    /// <summary>The version that is to take over.</summary>
    public required string To { get; init; }

    /// <summary>The present step, counted from 0.</summary>
    public required int Step { get; init; }

    /// <summary>The new version's present share of the drawn traffic, in percent.</summary>
    public required int Weight { get; init; }

    /// <summary>What the next step waits for, as a sentence; null when the rollout is over.</summary>
    public required string? WaitingFor { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When the present step began, or the rollout ended.</summary>
    public required DateTimeOffset StepStartedAt { get; init; }

    /// <summary>What was asked for.</summary>
    public required RolloutSpec Spec { get; init; }

    public required ArmStatus Stable { get; init; }

    public required ArmStatus Canary { get; init; }

    /// <summary>Both arms' exact counts, step by step.</summary>
    public required IReadOnlyList<StageCounts> Stages { get; init; }

    /// <summary>What each guard sees now.</summary>
    public required IReadOnlyList<GuardReading> Guards { get; init; }

    /// <summary>
    /// The usual share of each latency bin, which the latency evidence is computed with; null while there is no law.
    /// </summary>
    public required IReadOnlyList<double>? LatencyShares { get; init; }

    /// <summary>Reports that were not taken since more processes report than <see cref="RolloutLimits.MaxReporters"/>.</summary>
    public required long RefusedReports { get; init; }

    /// <summary>Every decision so far, oldest first.</summary>
    public required IReadOnlyList<RolloutDecision> Log { get; init; }
}
