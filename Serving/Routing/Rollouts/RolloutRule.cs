using System.Globalization;

namespace Serving.Routing.Rollouts;

/// <summary>
/// What a rollout does next: a pure function of what was asked for, the counts and the time. The machine and the replay of its
/// log both ask here.
/// </summary>
internal static class RolloutRule
{
    /// <summary>The guards that were asked for.</summary>
    public static IReadOnlyList<IRolloutGuard> GuardsOf(RolloutGuards spec)
    {
        var guards = new List<IRolloutGuard>();
        if (spec.ErrorRate is { } errors) guards.Add(new EventGuard("error_rate", errors.MaxIncrease, arm => arm.TestedErrors));
        if (spec.Latency is { BudgetMs: not null } latency) guards.Add(new EventGuard("latency", latency.MaxIncrease, arm => arm.TestedSlow));
        else if (spec.Latency is not null) guards.Add(new LatencyShiftGuard());
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
            var log = guard.LogEvidence(evidence);
            var verdict = VerdictOf(log, threshold);
            if (verdict == Verdict.Harm) return (RolloutAction.RollBack, Harm(guard, log!.Value, threshold));
            if (verdict == Verdict.Doubt) doubt ??= Doubt(guard, log);
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
            var log = guards[i].LogEvidence(evidence);
            var difference = guards[i].Difference(evidence, spec.Alpha / guards.Count);
            readings[i] = new GuardReading(guards[i].Name, VerdictOf(log, threshold), log, threshold, guards[i].Measure, difference);
        }

        return readings;
    }

    /// <summary>Harm at the threshold, doubt from its square root on.</summary>
    private static Verdict VerdictOf(double? logEvidence, double threshold) =>
        logEvidence >= threshold ? Verdict.Harm
        : logEvidence is null || logEvidence >= threshold / 2 ? Verdict.Doubt
        : Verdict.Clear;

    private static string Harm(IRolloutGuard guard, double log, double threshold) =>
        $"{guard.Name}: the evidence of harm is {Odds(log)}, {Odds(threshold)} is enough";

    private static string Doubt(IRolloutGuard guard, double? log) => log is null
        ? $"{guard.Name}: fewer than {LatencyLaw.MinLatencies} latencies of the stable version to compare with"
        : $"{guard.Name}: evidence of harm of {Odds(log.Value)} is too much to go on with";

    private static string Odds(double log) => Math.Exp(log) switch
    {
        > 1e6 => "more than a million to 1",
        var odds => string.Create(CultureInfo.InvariantCulture, $"{odds:#,0.#} to 1"),
    };
}
