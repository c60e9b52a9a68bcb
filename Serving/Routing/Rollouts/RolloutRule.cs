namespace Serving.Routing.Rollouts;

/// <summary>
/// What a rollout does next: a pure function of what was asked for, the counts and the time. The machine and the replay of its
/// log both ask here.
/// </summary>
internal static class RolloutRule
{
    /// <summary>Truths about the new version's answers without which a rollout with a quality guard does not go on.</summary>
    public const int LeastTruths = 30;

    private const string Share = "share_of_requests";

    /// <summary>The guards that were asked for.</summary>
    public static IReadOnlyList<IRolloutGuard> GuardsOf(RolloutGuards spec)
    {
        var guards = new List<IRolloutGuard>();
        if (spec.ErrorRate is { } errors) guards.Add(new EventGuard("error_rate", Share, errors.MaxIncrease, arm => arm.TestedErrors, arm => arm.Requests));
        if (spec.Latency is { BudgetMs: not null } latency) guards.Add(new EventGuard("latency", Share, latency.MaxIncrease, arm => arm.TestedSlow, arm => arm.Requests));
        else if (spec.Latency is not null) guards.Add(new LatencyShiftGuard());
        if (spec.Quality is { } quality)
            guards.Add(new EventGuard("quality", "share_of_truths", quality.MaxDecrease, arm => arm.TestedWrong, arm => arm.Truths, LeastTruths));
        if (spec.Drift) guards.Add(new DriftGuard());
        return guards;
    }

    /// <summary>
    /// The evidence at which a guard shows harm. The level is shared by the guards, so that it holds for the whole rollout.
    /// </summary>
    public static double LogThreshold(RolloutSpec spec, int guards) => Math.Log(guards / spec.Alpha);

    /// <summary>Decides, and says why in a sentence; for a hold, what is waited for.</summary>
    public static (RolloutAction Action, string Reason) Decide(
        RolloutSpec spec, IReadOnlyList<IRolloutGuard> guards, RolloutEvidence evidence, DateTimeOffset now)
    {
        var threshold = LogThreshold(spec, guards.Count);
        var doubt = default(string);
        foreach (var guard in guards)
        {
            var finding = guard.Judge(evidence, threshold);
            if (finding.Verdict == Verdict.Harm) return (RolloutAction.RollBack, finding.Reason);
            if (finding.Verdict == Verdict.Doubt) doubt ??= finding.Reason;
        }

        var stage = evidence.Stages[^1];
        if (doubt is not null) return (RolloutAction.Hold, doubt);
        if (now < stage.StartedAt.AddSeconds(spec.StepSeconds)) return (RolloutAction.Hold, $"the step lasts {spec.StepSeconds} s");
        return stage.Canary.Requests < spec.StepRequests
            ? (RolloutAction.Hold, $"version {spec.To} has answered {stage.Canary.Requests} of the step's {spec.StepRequests} requests")
            : (RolloutAction.Promote, $"{spec.StepSeconds} s and {spec.StepRequests} requests of version {spec.To} without an objection");
    }

    /// <summary>What every guard sees, with the intervals that a look for the decision's sake leaves out.</summary>
    public static IReadOnlyList<GuardReading> Read(RolloutSpec spec, IReadOnlyList<IRolloutGuard> guards, RolloutEvidence evidence)
    {
        var threshold = LogThreshold(spec, guards.Count);
        var readings = new GuardReading[guards.Count];
        for (var i = 0; i < readings.Length; i++)
        {
            var finding = guards[i].Judge(evidence, threshold);
            var difference = guards[i].Difference(evidence, spec.Alpha / guards.Count);
            readings[i] = new GuardReading(guards[i].Name, finding.Verdict, finding.LogEvidence, threshold, guards[i].Measure, difference);
        }

        return readings;
    }
}
