namespace Serving.Routing.Rollouts;

/// <summary>Watches how long answers take: against a budget, or without one for any shift to longer latencies.</summary>
/// <param name="BudgetMs">What an answer may take, in milliseconds; null for no budget.</param>
/// <param name="MaxIncrease">By how much the share of answers over the budget may be larger than the stable version's.</param>
public sealed record LatencyGuardSpec(double? BudgetMs = null, double MaxIncrease = 0);
