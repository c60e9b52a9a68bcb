namespace Serving.Routing.Rollouts;

/// <summary>
/// One thing a rollout watches. A guard is a pure function of the evidence; what it says is a likelihood ratio whose mean stays
/// at or below 1 while the new version does no harm, so that it may be looked at as often as one likes.
/// </summary>
internal interface IRolloutGuard
{
    /// <summary>Its name in the rollout's document.</summary>
    string Name { get; }

    /// <summary>What the difference that readers see is of.</summary>
    string Measure { get; }

    /// <summary>The natural logarithm of the evidence for harm above the tolerance; null while it cannot be judged.</summary>
    double? LogEvidence(RolloutEvidence evidence);

    /// <summary>The new version's measure less the stable one's.</summary>
    /// <param name="evidence">What to judge by.</param>
    /// <param name="alpha">The level of the confidence sequence.</param>
    Interval Difference(RolloutEvidence evidence, double alpha);
}
