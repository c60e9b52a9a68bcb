namespace Serving.Routing.Rollouts;

/// <summary>Watches how often something happens in an arm: errors, answers over the latency budget, wrong answers.</summary>
/// <param name="name">Its name in the rollout's document.</param>
/// <param name="measure">What the difference that readers see is of.</param>
/// <param name="tolerance">By how much the new version's rate may be larger.</param>
/// <param name="events">Which of an arm's counts it looks at.</param>
/// <param name="chances">Out of how many.</param>
/// <param name="least">How many of the new version's it waits for before it says anything.</param>
internal sealed class EventGuard(
    string name, string measure, double tolerance, Func<ArmCounts, long> events, Func<ArmCounts, long> chances, int least = 0) : IRolloutGuard
{
    public string Name => name;

    public string Measure => measure;

    public GuardFinding Judge(RolloutEvidence evidence, double threshold)
    {
        Span<EventStage> stages = stackalloc EventStage[evidence.Stages.Count];
        Fill(evidence, stages);
        long known = 0;
        foreach (var stage in stages) known += stage.CanaryRequests;
        double? log = EventEProcess.LogEvidence(stages, tolerance);

        // Few are enough to object, not to let pass.
        return GuardFinding.Of(name, known >= least || log >= threshold ? log : null, threshold, $"{known} of the {least} truths about the new version's answers that it waits for have come");
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
                stage.Weight / 100.0, events(stage.Canary), chances(stage.Canary), events(stage.Stable), chances(stage.Stable));
        }
    }
}
