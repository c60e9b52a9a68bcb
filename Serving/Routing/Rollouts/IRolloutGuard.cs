namespace Serving.Routing.Rollouts;

/// <summary>Watches one thing that a new version must not be worse at. Pure: the same evidence gives the same finding.</summary>
internal interface IRolloutGuard
{
    /// <summary>Its name in the rollout's document.</summary>
    string Name { get; }

    /// <summary>What the difference that readers see is of.</summary>
    string Measure { get; }

    /// <summary>What follows from the evidence.</summary>
    /// <param name="evidence">What to judge by.</param>
    /// <param name="threshold">The natural logarithm of the evidence at which harm is shown.</param>
    GuardFinding Judge(RolloutEvidence evidence, double threshold);

    /// <summary>The new version's measure less the stable one's.</summary>
    /// <param name="evidence">What to judge by.</param>
    /// <param name="alpha">The level of the confidence sequence.</param>
    Interval Difference(RolloutEvidence evidence, double alpha);
}
