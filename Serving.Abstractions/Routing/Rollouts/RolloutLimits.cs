namespace Serving.Routing.Rollouts;

/// <summary>The limits of a rollout.</summary>
public static class RolloutLimits
{
    public const int MaxSteps = 20;
    public const int MaxStepSeconds = 7 * 24 * 3600;
    public const int MaxStepRequests = 100_000_000;
    public const double MaxAlpha = 0.5;
    public const double MaxBudgetMs = 3_600_000;

    /// <summary>The largest tolerance: above it, the test of some shares would have to leave bets out.</summary>
    public const double MaxIncrease = 0.4;

    /// <summary>Processes that may report counts to one rollout; a process that starts again counts anew.</summary>
    public const int MaxReporters = 1024;

    /// <summary>Bytes of the document as JSON.</summary>
    public const int MaxBytes = 64 << 10;
}
