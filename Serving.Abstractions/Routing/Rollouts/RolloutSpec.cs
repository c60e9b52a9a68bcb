namespace Serving.Routing.Rollouts;

/// <summary>A rollout as it is asked for: from the present stable version to another one, by weight, step by step.</summary>
public sealed record RolloutSpec
{
    /// <summary>The number of the version that is to take over.</summary>
    public required string To { get; init; }

    /// <summary>Its share of the drawn traffic at each step, in percent; rising, the last one 100.</summary>
    public IReadOnlyList<int> Steps { get; init; } = [1, 5, 25, 50, 100];

    /// <summary>Seconds a step lasts at the least.</summary>
    public int StepSeconds { get; init; } = 60;

    /// <summary>Requests the new version must have answered in a step before the next one.</summary>
    public int StepRequests { get; init; } = 200;

    /// <summary>
    /// The probability with which a version that does no harm may be rolled back, over the whole rollout and all its guards.
    /// </summary>
    public double Alpha { get; init; } = 0.05;

    /// <summary>What is watched.</summary>
    public RolloutGuards Guards { get; init; } = new();
}
