namespace Serving.Routing.Rollouts;

/// <summary>
/// Watches the alerts of drift monitoring. What the new version's baseline finds and the stable version's does not is the new
/// version's own; when both alert, the traffic has changed and neither version is to blame. How often it objects falsely is the
/// monitoring's budget, not the rollout's level.
/// </summary>
internal sealed class DriftGuard : IRolloutGuard
{
    public string Name => "drift";

    public string Measure => "alerts";

    public GuardFinding Judge(RolloutEvidence evidence, double threshold) => evidence.Drift switch
    {
        null => new GuardFinding(Verdict.Doubt, null, "drift: the new version has no baseline to be compared with; put one, or leave this guard out"),
        { Alerts.Count: > 0 } drift => new GuardFinding(Verdict.Harm, null, $"drift: the new version alone has an alert: {drift.Alerts[0]}"),
        { Unsettled.Count: > 0 } drift => new GuardFinding(Verdict.Doubt, null, $"drift: it is to be seen whether the stable version shares the new one's alert: {drift.Unsettled[0]}"),
        _ => new GuardFinding(Verdict.Clear, null, ""),
    };

    public Interval Difference(RolloutEvidence evidence, double alpha)
    {
        var alerts = evidence.Drift?.Alerts.Count;
        return new Interval(alerts, alerts ?? 0, alerts ?? 0);
    }
}
