namespace Serving.Routing.Rollouts;

public sealed class DriftAndQualityGuardTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 1, 10, 0, 0, TimeSpan.Zero);
    private static readonly RolloutSpec Spec = new() { To = "2", Steps = [50, 100], StepSeconds = 0, StepRequests = 100, Alpha = 0.01 };
    private static readonly RolloutGuards Quality = new() { Quality = new QualityGuardSpec(0.02) };
    private static readonly RolloutGuards Drift = new() { Drift = true };
    private long sequence;

    [Fact]
    public void Quality_FewTruths_IsWaitedFor()
    {
        var rollout = Begin(Quality);
        Report(rollout, truths: 29);

        Assert.Null(rollout.Step(Start, null));
        Assert.Equal("quality: 29 of the 30 truths about the new version's answers that it waits for have come", rollout.Status(Start, null).WaitingFor);
        Report(rollout, truths: 1);
        Assert.Equal(RolloutAction.Promote, rollout.Step(Start, null)!.Action);
        Assert.Null(RolloutReplay.FirstDifference(rollout.Status(Start, null)));
    }

    [Theory]
    [InlineData(5, 5, RolloutAction.Promote)]
    [InlineData(5, 6, RolloutAction.Promote)]
    [InlineData(5, 12, RolloutAction.RollBack)]
    public void Quality_WrongAnswersInAHundred_GoBackAboveTheTolerance(int stable, int canary, RolloutAction action)
    {
        var rollout = Begin(Quality);
        for (var i = 0; i < 20; i++) Report(rollout, truths: 100, stable, canary);

        Assert.Equal(action, rollout.Step(Start, null)!.Action);
        var status = rollout.Status(Start, null);
        Assert.Equal((2000, 1 - (canary / 100.0)), (status.Canary.Truths, status.Canary.Accuracy!.Value));
        Assert.Equal(("quality", "share_of_truths"), (status.Guards[0].Guard, status.Guards[0].Measure));
        Assert.InRange(status.Guards[0].Difference.Estimate!.Value, ((canary - stable) / 100.0) - 1e-9, ((canary - stable) / 100.0) + 1e-9);
        Assert.Null(RolloutReplay.FirstDifference(status));
    }

    [Fact]
    public void Quality_TruthsCorrected_TakeTheEvidenceBack()
    {
        var rollout = Begin(Quality);
        Report(rollout, truths: 1000, stable: 10, canary: 40);
        Report(rollout, truths: 0, stable: 0, canary: -30);

        Assert.Equal(RolloutAction.Promote, rollout.Step(Start, null)!.Action);
    }

    [Fact]
    public void Drift_OfTheNewVersionAlone_GoesBackAndReplays()
    {
        var rollout = Begin(Drift);
        Report(rollout, truths: 0);
        Assert.Null(rollout.Step(Start, null, drift: null));
        Assert.Contains("no baseline", rollout.Status(Start, null).WaitingFor);
        Assert.Null(rollout.Step(Start, null, new RolloutDrift([], ["'x': it drifts"])));
        Assert.Contains("stable version shares", rollout.Status(Start, null).WaitingFor);

        var decision = rollout.Step(Start, null, new RolloutDrift(["'x': it drifts"], []))!;
        Assert.Equal((RolloutAction.RollBack, "drift: the new version alone has an alert: 'x': it drifts"), (decision.Action, decision.Reason));
        var status = rollout.Status(Start, null);
        Assert.Equal((Verdict.Harm, 1), (status.Guards[0].Verdict, status.Guards[0].Difference.Estimate));
        Assert.Null(RolloutReplay.FirstDifference(status));
        var stored = RoutingStateJson.Read(RoutingStateJson.Write(new TrafficState(1, null, null, rollout.State))).Rollout!;
        Assert.Null(RolloutReplay.FirstDifference(new Rollout(stored).Status(Start, null)));
    }

    [Fact]
    public void Drift_None_LetsPass()
    {
        var rollout = Begin(Drift);
        Report(rollout, truths: 0);

        Assert.Equal(RolloutAction.Promote, rollout.Step(Start, null, new RolloutDrift([], []))!.Action);
    }

    private static Rollout Begin(RolloutGuards guards) => Rollout.Start(Spec with { Guards = guards }, "1", 5, null, Start);

    /// <summary>A hundred requests of each version, and so many truths about each one's answers.</summary>
    private void Report(Rollout rollout, long truths, long stable = 0, long canary = 0) => rollout.Report(new RolloutReport(
        "a", ++sequence,
        [new(5, new ArmReport(100, 0, 0, LatencyCounts.None, null, truths, stable, stable), new ArmReport(100, 0, 0, LatencyCounts.None, null, truths, canary, canary))]));
}
