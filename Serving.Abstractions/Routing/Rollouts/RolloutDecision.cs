namespace Serving.Routing.Rollouts;

/// <summary>A step of a rollout with the numbers that made it: who puts the same numbers in gets the same decision.</summary>
/// <param name="At">When it was made.</param>
/// <param name="Action">What was decided.</param>
/// <param name="Weight">The new version's weight from then on, in percent.</param>
/// <param name="Reason">A sentence.</param>
/// <param name="Asked">True when a caller asked for it and no guard had a say.</param>
/// <param name="Stages">Both arms' counts, step by step, up to the decision.</param>
/// <param name="Guards">What the guards saw.</param>
/// <param name="Drift">What drift monitoring said; null when it was not asked, or does not watch the new version.</param>
public sealed record RolloutDecision(
    DateTimeOffset At,
    RolloutAction Action,
    int Weight,
    string Reason,
    bool Asked,
    IReadOnlyList<StageCounts> Stages,
    IReadOnlyList<GuardReading> Guards,
    RolloutDrift? Drift = null);
