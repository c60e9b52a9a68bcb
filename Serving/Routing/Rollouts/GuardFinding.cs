using System.Globalization;

namespace Serving.Routing.Rollouts;

/// <summary>What a guard makes of the evidence.</summary>
/// <param name="Verdict">What follows from it.</param>
/// <param name="LogEvidence">The natural logarithm of the evidence for harm; null while nothing can be said, or where it is not a matter of evidence.</param>
/// <param name="Reason">Why the rollout goes back or waits, as a sentence; empty when nothing speaks against it.</param>
internal readonly record struct GuardFinding(Verdict Verdict, double? LogEvidence, string Reason)
{
    /// <summary>Harm at the threshold, doubt from its square root on, and while there is no evidence to be had.</summary>
    /// <param name="guard">The guard's name.</param>
    /// <param name="log">The natural logarithm of the evidence; null while it is not to be had.</param>
    /// <param name="threshold">The logarithm of the evidence that is enough.</param>
    /// <param name="lacking">What it waits for while there is none.</param>
    public static GuardFinding Of(string guard, double? log, double threshold, string lacking)
    {
        if (log is not { } evidence) return new GuardFinding(Verdict.Doubt, null, $"{guard}: {lacking}");
        if (evidence >= threshold) return new GuardFinding(Verdict.Harm, log, $"{guard}: the evidence of harm is {Odds(evidence)}, {Odds(threshold)} is enough");
        return evidence >= threshold / 2
            ? new GuardFinding(Verdict.Doubt, log, $"{guard}: evidence of harm of {Odds(evidence)} is too much to go on with")
            : new GuardFinding(Verdict.Clear, log, "");
    }

    private static string Odds(double log) => Math.Exp(log) switch
    {
        > 1e6 => "more than a million to 1",
        var odds => string.Create(CultureInfo.InvariantCulture, $"{odds:#,0.#} to 1"),
    };
}
