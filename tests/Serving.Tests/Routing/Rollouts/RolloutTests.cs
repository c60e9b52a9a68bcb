using System.Text;
using System.Text.Json;

namespace Serving.Routing.Rollouts;

public sealed class RolloutTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 1, 10, 0, 0, TimeSpan.Zero);
    private static readonly RolloutSpec Spec = new()
    {
        To = "2", Steps = [10, 50, 100], StepSeconds = 60, StepRequests = 100, Alpha = 0.01, Guards = RolloutGuards.Default,
    };

    [Fact]
    public void Step_TimeAndRequestsReached_PromotesToTheEnd()
    {
        var rollout = Rollout.Start(Spec, "1", 5, null, Start);
        Assert.Equal((10, 5L), (rollout.Weight, rollout.Epoch));

        rollout.Report(Report(1, 5, stable: 900, canary: 100));
        Assert.Null(rollout.Step(Start.AddSeconds(59), null));
        var first = rollout.Step(Start.AddSeconds(60), null);
        Assert.Equal((RolloutAction.Promote, 50, false), (first!.Action, first.Weight, first.Asked));
        Assert.Equal((50, 6L, RolloutPhase.Running), (rollout.Weight, rollout.Epoch, rollout.Phase));

        rollout.Report(Report(2, 6, stable: 99, canary: 99));
        Assert.Null(rollout.Step(Start.AddSeconds(120), null));
        rollout.Report(Report(3, 6, stable: 1, canary: 1));
        Assert.Equal(100, rollout.Step(Start.AddSeconds(120), null)!.Weight);
        Assert.Equal((100, 7L, RolloutPhase.Completed), (rollout.Weight, rollout.Epoch, rollout.Phase));
        Assert.Null(rollout.Step(Start.AddSeconds(500), null));
        Assert.Null(rollout.RollBack("no", Start.AddSeconds(500)));
    }

    [Fact]
    public void Step_CanaryFails_RollsBackBeforeTheStepEnds()
    {
        var rollout = Rollout.Start(Spec, "1", 5, null, Start);
        rollout.Report(Report(1, 5, stable: 900, canary: 100, stableErrors: 9, canaryErrors: 10));

        var decision = rollout.Step(Start.AddSeconds(1), null)!;

        Assert.Equal((RolloutAction.RollBack, 0), (decision.Action, decision.Weight));
        Assert.Equal(EventEProcess.LogEvidence([new(0.1, 10, 100, 9, 900)], 0), decision.Guards[0].LogEvidence!.Value, 1e-12);
        Assert.Contains("error_rate: the evidence of harm is 10,3", decision.Reason);
        Assert.Equal((RolloutPhase.RolledBack, 0, 6L), (rollout.Phase, rollout.Weight, rollout.Epoch));
    }

    [Fact]
    public void Step_Suspicion_WaitsUntilItIsGone()
    {
        var rollout = Rollout.Start(Spec, "1", 5, null, Start);
        rollout.Report(Report(1, 5, stable: 900, canary: 100, stableErrors: 9, canaryErrors: 5));
        var late = Start.AddHours(1);

        Assert.Null(rollout.Step(late, null));
        Assert.Equal(Verdict.Doubt, rollout.Status(late, null).Guards[0].Verdict);
        Assert.Contains("too much to go on with", rollout.Status(late, null).WaitingFor);

        rollout.Report(Report(2, 5, stable: 9000, canary: 1000, stableErrors: 90, canaryErrors: 10));
        Assert.Equal(RolloutAction.Promote, rollout.Step(late, null)!.Action);
    }

    [Fact]
    public void Step_Obstacle_HoldsPromotionButNotTheWayBack()
    {
        var rollout = Rollout.Start(Spec, "1", 5, null, Start);
        rollout.Report(Report(1, 5, stable: 900, canary: 100));
        Assert.Null(rollout.Step(Start.AddMinutes(5), "version 2 is not ready"));
        Assert.Equal("version 2 is not ready", rollout.Status(Start.AddMinutes(5), "version 2 is not ready").WaitingFor);

        rollout.Report(Report(2, 5, stable: 900, canary: 100, canaryErrors: 50));
        Assert.Equal(RolloutAction.RollBack, rollout.Step(Start.AddMinutes(5), "version 2 is not ready")!.Action);
    }

    [Fact]
    public void Report_TakenBefore_IsNotCountedAgain()
    {
        var rollout = Rollout.Start(Spec, "1", 5, null, Start);
        var first = Report(1, 5, stable: 10, canary: 1);

        Assert.True(rollout.Report(first));
        Assert.True(rollout.Report(Report(2, 5, stable: 10, canary: 1)));
        Assert.False(rollout.Report(first));
        Assert.True(rollout.Report(first with { Node = "b" }));

        var status = rollout.Status(Start, null);
        Assert.Equal((30L, 3L), (status.Stable.Requests, status.Canary.Requests));
    }

    [Fact]
    public void Report_OfAnEarlierStep_CountsThere()
    {
        var rollout = Rollout.Start(Spec, "1", 5, null, Start);
        rollout.Report(Report(1, 5, stable: 900, canary: 100));
        rollout.Step(Start.AddSeconds(60), null);
        rollout.Report(Report(2, 5, stable: 7, canary: 3));
        rollout.Report(Report(3, 4, stable: 1000, canary: 1000));

        var stages = rollout.Status(Start, null).Stages;
        Assert.Equal((907L, 103L), (stages[0].Stable.Requests, stages[0].Canary.Requests));
        Assert.Equal((0L, 0L), (stages[1].Stable.Requests, stages[1].Canary.Requests));
    }

    [Fact]
    public void Report_TooManyProcesses_IsRefusedAndSaid()
    {
        var rollout = Rollout.Start(Spec, "1", 5, null, Start);
        for (var i = 0; i < RolloutLimits.MaxReporters; i++) Assert.True(rollout.Report(Report(1, 5, 1, 1) with { Node = $"n{i}" }));

        Assert.False(rollout.Report(Report(1, 5, 1, 1) with { Node = "one too many" }));
        Assert.True(rollout.Report(Report(2, 5, 1, 1) with { Node = "n0" }));
        Assert.Equal(1, rollout.Status(Start, null).RefusedReports);
    }

    [Fact]
    public void Step_LatencyWithoutHistory_WaitsForStableLatenciesAndDoesNotTestThem()
    {
        var rollout = Rollout.Start(Spec with { Guards = new() { Latency = new() } }, "1", 5, null, Start);
        rollout.Report(Latencies(1, 5, stable: 499, canary: 200));
        Assert.Contains("fewer than 500 latencies", rollout.Status(Start, null).WaitingFor);
        Assert.Null(rollout.Step(Start.AddHours(1), null));

        rollout.Report(Latencies(2, 5, stable: 1, canary: 0));
        var status = rollout.Status(Start, null);
        Assert.Equal((0, 0), (status.Stages[0].Stable.TestedLatencies.Sum(n => (int)n), status.Stages[0].Canary.TestedLatencies.Sum(n => (int)n)));
        Assert.NotNull(status.LatencyShares);

        rollout.Report(Latencies(3, 5, stable: 40, canary: 4));
        status = rollout.Status(Start, null);
        Assert.Equal((40, 4), (status.Stages[0].Stable.TestedLatencies.Sum(n => (int)n), status.Stages[0].Canary.TestedLatencies.Sum(n => (int)n)));
        Assert.Equal(RolloutAction.Promote, rollout.Step(Start.AddHours(1), null)!.Action);
    }

    [Fact]
    public void Step_LatencyBudget_CountsSlowAnswersAgainstItsTolerance()
    {
        RolloutSpec Within(double tolerance) => Spec with { Guards = new() { Latency = new(BudgetMs: 50, MaxIncrease: tolerance) } };
        RolloutAction? Decide(double tolerance)
        {
            var rollout = Rollout.Start(Within(tolerance), "1", 5, null, Start);
            var canary = new ArmReport(1000, 0, 60, LatencyCounts.None);
            rollout.Report(new RolloutReport("a", 1, [new(5, new ArmReport(9000, 0, 90, LatencyCounts.None), canary)]));
            return rollout.Step(Start.AddHours(1), null)?.Action;
        }

        Assert.Equal(50, Rollout.Start(Within(0), "1", 5, null, Start).BudgetMs);
        Assert.Equal(RolloutAction.RollBack, Decide(0));
        Assert.Equal(RolloutAction.RollBack, Decide(0.01));
        Assert.Equal(RolloutAction.Promote, Decide(0.1));
    }

    [Fact]
    public void LogThreshold_TwoGuards_ShareTheLevel()
    {
        var rollout = Rollout.Start(Spec with { Guards = new() { ErrorRate = new(), Latency = new() } }, "1", 5, null, Start);

        Assert.All(rollout.Status(Start, null).Guards, guard => Assert.Equal(Math.Log(200), guard.LogThreshold, 1e-12));
    }

    [Fact]
    public void RollBack_Asked_IsLoggedAsSuch()
    {
        var rollout = Rollout.Start(Spec, "1", 5, null, Start);
        var decision = rollout.RollBack("a caller asked for it", Start.AddSeconds(3))!;

        Assert.Equal((RolloutAction.RollBack, true, 0), (decision.Action, decision.Asked, decision.Weight));
        Assert.False(rollout.Report(Report(1, 5, 1, 1)));
        Assert.Null(RolloutReplay.FirstDifference(rollout.Status(Start, null)));
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.03)]
    public void Rollout_LeftAndTakenUpAtEveryTurn_EndsAsOneThatWasNot(double canaryRate)
    {
        var spec = Spec with { Steps = [10, 30, 50, 100], StepRequests = 300, Guards = new() { ErrorRate = new(), Latency = new() } };
        for (var seed = 0; seed < 4; seed++)
        {
            var random = new Random(seed);
            var whole = Rollout.Start(spec, "1", 1, null, Start);
            var broken = Rollout.Start(spec, "1", 1, null, Start);
            var now = Start;
            RolloutReport? last = null;
            for (var sequence = 1; whole.Phase == RolloutPhase.Running && sequence < 3000; sequence++)
            {
                now = now.AddSeconds(random.Next(1, 5));
                var report = Simulated.Report(random, sequence, whole.Epoch, whole.Weight / 100.0, requests: 200, 0.01, canaryRate);
                whole.Report(report);
                if (last is not null && random.Next(3) == 0) Assert.False(broken.Report(last));
                broken.Report(report);
                broken = new Rollout(RoundTrip(broken.State));
                last = report;
                Assert.Equal(whole.Step(now, null)?.Action, broken.Step(now, null)?.Action);
            }

            Assert.NotEqual(RolloutPhase.Running, whole.Phase);
            Assert.Equal(Bytes(whole.State), Bytes(broken.State));
            Assert.Null(RolloutReplay.FirstDifference(whole.Status(now, null)));
        }
    }

    [Fact]
    public void Replay_TamperedLog_IsNoticed()
    {
        var rollout = Rollout.Start(Spec, "1", 5, null, Start);
        rollout.Report(Report(1, 5, stable: 900, canary: 100));
        rollout.Step(Start.AddSeconds(60), null);
        var status = rollout.Status(Start, null);
        Assert.Null(RolloutReplay.FirstDifference(status));

        var early = status.Log[0] with { At = Start.AddSeconds(59) };
        var harmless = status.Log[0] with { Action = RolloutAction.RollBack, Weight = 0 };
        Assert.NotNull(RolloutReplay.FirstDifference(status with { Log = [early] }));
        Assert.NotNull(RolloutReplay.FirstDifference(status with { Log = [harmless] }));
        Assert.NotNull(RolloutReplay.FirstDifference(status with { Log = [] , State = RolloutPhase.Completed }));
    }

    [Fact]
    public void Write_Status_IsReadableJson()
    {
        var rollout = Rollout.Start(Spec with { Guards = new() { ErrorRate = new(), Latency = new() } }, "1", 5, null, Start);
        rollout.Report(Latencies(1, 5, stable: 500, canary: 50));
        rollout.RollBack("a caller asked for it", Start.AddSeconds(3));
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer)) RolloutJson.Write(json, rollout.Status(Start, null));
        using var document = JsonDocument.Parse(buffer.ToArray());
        var root = document.RootElement;

        Assert.Equal("rolled_back", root.GetProperty("state").GetString());
        Assert.Equal(JsonValueKind.Null, root.GetProperty("waiting_for").ValueKind);
        Assert.Equal(500, root.GetProperty("stable").GetProperty("requests").GetInt64());
        Assert.Equal(JsonValueKind.Number, root.GetProperty("stable").GetProperty("p99_ms").GetProperty("high").ValueKind);
        Assert.Equal("clear", root.GetProperty("guards")[1].GetProperty("verdict").GetString());
        Assert.Equal("p99_ms", root.GetProperty("guards")[1].GetProperty("measure").GetString());
        Assert.Equal("roll_back", root.GetProperty("log")[0].GetProperty("action").GetString());
        Assert.Equal(0.01, root.GetProperty("spec").GetProperty("alpha").GetDouble());
    }

    private static RolloutState RoundTrip(RolloutState state) =>
        RoutingStateJson.Read(RoutingStateJson.Write(new TrafficState(1, null, null, state))).Rollout!;

    private static string Bytes(RolloutState state) => Encoding.UTF8.GetString(RoutingStateJson.Write(new TrafficState(1, null, null, state)));

    private static RolloutReport Report(long sequence, long epoch, long stable, long canary, long stableErrors = 0, long canaryErrors = 0) => new(
        "a", sequence,
        [new(epoch, new ArmReport(stable, stableErrors, 0, LatencyCounts.None), new ArmReport(canary, canaryErrors, 0, LatencyCounts.None))]);

    private static RolloutReport Latencies(long sequence, long epoch, long stable, long canary) => new(
        "a", sequence,
        [new(epoch, new ArmReport(stable, 0, 0, new([200], [stable])), new ArmReport(canary, 0, 0, new([200], [canary])))]);
}
