namespace Serving.Routing.Rollouts;

/// <summary>Watches how often something happens to a request: errors, or answers over the latency budget.</summary>
/// <param name="name">Its name in the rollout's document.</param>
/// <param name="tolerance">By how much the new version's rate may be larger.</param>
/// <param name="events">Which of an arm's counts it looks at.</param>
internal sealed class EventGuard(string name, double tolerance, Func<ArmCounts, long> events) : IRolloutGuard
{
    public string Name => name;

    public string Measure => "share_of_requests";

    public double? LogEvidence(RolloutEvidence evidence)
    {
        Span<EventStage> stages = stackalloc EventStage[evidence.Stages.Count];
        Fill(evidence, stages);
        return EventEProcess.LogEvidence(stages, tolerance);
    }

    public Interval Difference(RolloutEvidence evidence, double alpha)
    {
        Span<EventStage> stages = stackalloc EventStage[evidence.Stages.Count];
        Fill(evidence, stages);
        return DifferenceSequence.Of(stages, alpha);
    }

    private void Fill(RolloutEvidence evidence, Span<EventStage> stages)
    {
        for (var i = 0; i < stages.Length; i++)
        {
            var stage = evidence.Stages[i];
            stages[i] = new EventStage(
                stage.Weight / 100.0, events(stage.Canary), stage.Canary.Requests, events(stage.Stable), stage.Stable.Requests);
        }
    }
}
