namespace Serving.Routing.Rollouts;

/// <summary>Makes a rollout's decisions again from the numbers in its log.</summary>
internal static class RolloutReplay
{
    /// <summary>The first difference as a sentence, or null when the log leads to the same decisions and the same end.</summary>
    public static string? FirstDifference(RolloutStatus status)
    {
        var guards = RolloutRule.GuardsOf(status.Spec.Guards);
        var steps = 0;
        var end = RolloutPhase.Running;
        foreach (var decision in status.Log)
        {
            if (end != RolloutPhase.Running) return $"{decision.At:O}: a decision after the end";

            // The law may have been cut after a decision, but then that went back for another guard's evidence.
            var evidence = new RolloutEvidence(decision.Stages, status.LatencyShares, new LatencyHistogram(), new LatencyHistogram(), decision.Drift);
            var action = decision.Asked ? decision.Action : RolloutRule.Decide(status.Spec, guards, evidence, decision.At).Action;
            if (action != decision.Action) return $"{decision.At:O}: {action} instead of {decision.Action}";

            if (action == RolloutAction.Promote) steps++;
            var weight = action == RolloutAction.Promote ? status.Spec.Steps[steps] : 0;
            if (weight != decision.Weight) return $"{decision.At:O}: weight {weight} instead of {decision.Weight}";
            if (action == RolloutAction.RollBack) end = RolloutPhase.RolledBack;
            else if (weight == 100) end = RolloutPhase.Completed;
        }

        return end == status.State ? null : $"ends {end} instead of {status.State}";
    }
}
