using System.Text;
using Serving.Routing.Rollouts;

namespace Serving.Routing;

public sealed class ModelTrafficTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 1, 10, 0, 0, TimeSpan.Zero);
    private static readonly ModelVersions Versions = new("1", "2", "3");
    private static readonly TrafficDocument One = new() { Variants = [new("1", 100, "stable")] };
    private static readonly RolloutSpec ToTwo = new()
    {
        To = "2", Steps = [10, 100], StepSeconds = 0, StepRequests = 10, Guards = RolloutGuards.Default,
    };

    [Fact]
    public void Put_Document_RaisesTheEpochByOne()
    {
        var traffic = new ModelTraffic("iris", null);

        Assert.Equal((1L, Now), (traffic.Put(One, null, Versions, Now).Value.Epoch, traffic.Document!.UpdatedAt));
        Assert.Equal(2, traffic.Put(One, 1, Versions, Now).Value.Epoch);
        Assert.Equal(3, traffic.Put(traffic.Document, null, Versions, Now).Value.Epoch);
        Assert.Null(traffic.Delete(null, Now).Error);
        Assert.Equal((4L, null), (traffic.Epoch, traffic.Document));
        Assert.Equal(5, traffic.Put(One, null, Versions, Now).Value.Epoch);
    }

    [Fact]
    public void Put_StaleMatchOrEpoch_ChangesNothing()
    {
        var traffic = new ModelTraffic("iris", null);
        var first = traffic.Put(One, null, Versions, Now).Value;
        traffic.Put(One, null, Versions, Now);

        Assert.Equal(ErrorCode.StaleMatch, traffic.Put(One, 1, Versions, Now).Error?.Code);
        Assert.Equal(ErrorCode.StaleMatch, traffic.Put(first, null, Versions, Now).Error?.Code);
        Assert.Equal(ErrorCode.StaleMatch, traffic.Delete(1, Now).Error?.Code);
        Assert.Equal(2, traffic.Epoch);
    }

    [Fact]
    public void Put_DocumentMadeInCode_GoesThroughTheSameChecks()
    {
        var traffic = new ModelTraffic("iris", null);
        var error = traffic.Put(One with { Variants = [new("1", 0), new("9", 0)], Shadows = [new("blue", 5)] }, null, Versions, Now).Error;

        Assert.Contains("at least one weight must be positive", error!.Message);
        Assert.Contains("version 9 is not ready", error.Message);
        Assert.Contains("'blue' is neither", error.Message);
        Assert.Equal(0, traffic.Epoch);
    }

    [Fact]
    public void Shadows_StayTheSameUntilTheyAreNone()
    {
        var traffic = new ModelTraffic("iris", null);
        traffic.Put(One, null, Versions, Now);
        Assert.Null(traffic.Shadows);
        traffic.Put(One with { Shadows = [new("2", 5)] }, null, Versions, Now);
        traffic.Put(One with { Shadows = [new("2", 50), new("3", 5)] }, null, Versions, Now);
        Assert.Equal([("2", 2L), ("3", 3L)], Pairs(traffic));

        var again = new ModelTraffic("iris", RoutingStateJson.Read(RoutingStateJson.Write(traffic.State)));
        again.Put(One with { Shadows = [new("3", 5)] }, null, Versions, Now);
        again.Put(One with { Shadows = [new("3", 5), new("2", 5)] }, null, Versions, Now);
        Assert.Equal([("2", 5L), ("3", 3L)], Pairs(again));
        Assert.Equal([("3", 3L), ("2", 5L)], again.Routes(Versions).Shadows.Select(s => (s.Version, s.Since)));
        again.Delete(null, Now);
        Assert.Null(again.Shadows);

        static IEnumerable<(string, long)> Pairs(ModelTraffic traffic) => traffic.Shadows!.Select(s => (s.Key, s.Value)).Order();
    }

    [Fact]
    public void Delete_NoDocument_IsNotFound() => Assert.Equal(ErrorCode.NotFound, new ModelTraffic("iris", null).Delete(null, Now).Error?.Code);

    [Fact]
    public void Pin_NoDocument_KeepsArrivalsFromTakingTraffic()
    {
        var traffic = new ModelTraffic("iris", null);
        Assert.True(traffic.Pin(new("1"), Now));
        Assert.False(traffic.Pin(Versions, Now));
        Assert.False(new ModelTraffic("iris", null).Pin(new ModelVersions(), Now));

        Assert.Equal("version=1;variant=stable;reason=weight;epoch=1", traffic.Routes(Versions).Choose(null, null, ulong.MaxValue).Value.Text);
    }

    [Fact]
    public void StartRollout_Runs_OwnsTheDocument()
    {
        var traffic = Started();

        Assert.Equal([new("1", 90, "stable"), new("2", 10, "canary")], traffic.Document!.Variants);
        Assert.Equal((2L, 2L), (traffic.Document.Epoch, traffic.Rollout!.Epoch));
        Assert.Equal(ErrorCode.Conflict, traffic.Put(One, null, Versions, Now).Error?.Code);
        Assert.Equal(ErrorCode.Conflict, traffic.Delete(null, Now).Error?.Code);
        Assert.Equal(ErrorCode.Conflict, traffic.StartRollout(ToTwo with { To = "3" }, Versions, null, Now).Error?.Code);
    }

    [Fact]
    public void Step_GoodVersion_TakesTheStablePlaceAndLabel()
    {
        var traffic = Started();
        traffic.Report(Report(2, canaryErrors: 0));
        var decision = traffic.Step(Versions, Now.AddSeconds(1))!;

        Assert.Equal((RolloutAction.Promote, 100), (decision.Action, decision.Weight));
        Assert.Equal([new("2", 100, "stable")], traffic.Document!.Variants);
        Assert.Equal((3L, 3L), (traffic.Epoch, traffic.Rollout!.Epoch));
        Assert.Null(traffic.Step(Versions, Now.AddSeconds(2)));
        Assert.Equal(4, traffic.Put(One, null, Versions, Now).Value.Epoch);
    }

    [Fact]
    public void Step_BadVersion_PutsTheDocumentBack()
    {
        var before = One with { StickyBy = new(AttributeKind.Header, "u"), Variants = [new("1", 80, "stable"), new("3", 0, "preview")] };
        var traffic = Started(before);
        Assert.Equal([new("1", 90, "stable"), new("2", 10, "canary"), new("3", 0, "preview")], traffic.Document!.Variants);

        traffic.Report(Report(2, canaryErrors: 60));
        Assert.Equal(RolloutAction.RollBack, traffic.Step(Versions, Now)!.Action);
        Assert.Equal(before.Variants, traffic.Document!.Variants);
        Assert.Equal((before.StickyBy, 3L), (traffic.Document.StickyBy, traffic.Document.Epoch));
    }

    [Fact]
    public void RollBack_Asked_LeavesTheNewVersionNoDrawnTraffic()
    {
        var traffic = Started(One with { Variants = [new("1", 90, "stable"), new("2", 10, "next")], Rules = [new(new(AttributeKind.Header, "h"), "v", "next")] });
        Assert.Equal([new("1", 90, "stable"), new("2", 10, "next")], traffic.Document!.Variants);

        Assert.Equal(RolloutPhase.RolledBack, traffic.RollBack(Now).Value.State);
        Assert.Equal([new("1", 90, "stable"), new("2", 0, "next")], traffic.Document!.Variants);
        Assert.Equal(ErrorCode.Conflict, traffic.RollBack(Now).Error?.Code);
        Assert.Equal(ErrorCode.NotFound, new ModelTraffic("iris", null).RollBack(Now).Error?.Code);
    }

    [Fact]
    public void Step_Completed_KeepsWhatWasSentToTheNewVersionsLabel()
    {
        var traffic = Started(One with
        {
            Variants = [new("1", 100, "stable"), new("2", 0, "next")],
            Rules = [new(new(AttributeKind.Header, "h"), "v", "next"), new(new(AttributeKind.Header, "h"), "w", "stable")],
            Shadows = [new("next", 5), new("stable", 6), new("3", 7)],
        });
        traffic.Report(Report(2, canaryErrors: 0));
        traffic.Step(Versions, Now.AddSeconds(1));

        Assert.Equal(["2", "stable"], traffic.Document!.Rules.Select(r => r.Version));
        Assert.Equal([new("2", 5), new("3", 7)], traffic.Document.Shadows);
        Assert.Null(new ModelTraffic("iris", traffic.State).Put(traffic.Document, null, Versions, Now).Error);
    }

    [Fact]
    public void StartRollout_NothingToStartFrom_IsRefused()
    {
        Outcome<RolloutStatus> Start(TrafficDocument? document, string to, ModelVersions? versions = null)
        {
            var traffic = new ModelTraffic("iris", document is null ? null : new TrafficState(1, document, null, null));
            return traffic.StartRollout(ToTwo with { To = to }, versions ?? Versions, null, Now);
        }

        Assert.Contains("version 3 of model 'iris' takes all the traffic already", Start(null, "3").Error!.Message);
        Assert.Contains("takes all the traffic already", Start(One, "1").Error!.Message);
        Assert.Contains("over versions 1, 3", Start(One with { Variants = [new("1", 1), new("3", 1)] }, "2").Error!.Message);
        Assert.Equal(ErrorCode.VersionNotFound, Start(One, "9").Error?.Code);
        Assert.Equal(ErrorCode.ModelNotReady, Start(One, "2", new(["1"], new Dictionary<string, string> { ["2"] = "it is loading" })).Error?.Code);
        Assert.Equal(ErrorCode.ModelNotReady, Start(One, "2", new("2")).Error?.Code);
        Assert.Equal("3", Start(null, "2").Value.From);
    }

    [Fact]
    public void Step_NewVersionGone_GoesBackByItself()
    {
        var traffic = Started();
        Assert.Null(traffic.Step(new(["1"], new Dictionary<string, string> { ["2"] = "it is loading" }), Now));
        Assert.Contains("version 2 is not ready: it is loading", traffic.Status(new(["1"], new Dictionary<string, string> { ["2"] = "it is loading" }), Now)!.WaitingFor);

        var decision = traffic.Step(new("1"), Now)!;
        Assert.Equal((RolloutAction.RollBack, "version 2 is no longer in the model repository"), (decision.Action, decision.Reason));
        Assert.Equal("1", traffic.Routes(new("1")).Choose(null, null, ulong.MaxValue).Value.Version);
    }

    [Fact]
    public void State_WrittenAndRead_IsTheSameBytes()
    {
        var traffic = Started(One with { StickyBy = new(AttributeKind.Parameter, "p"), Rules = [new(new(AttributeKind.Header, "h"), "v", "1")], Shadows = [new("3", 12.5)] });
        traffic.Report(Report(2, canaryErrors: 1));
        traffic.RollBack(Now);
        var bytes = RoutingStateJson.Write(traffic.State);

        var again = new ModelTraffic("iris", RoutingStateJson.Read(bytes));

        Assert.Equal(Encoding.UTF8.GetString(bytes), Encoding.UTF8.GetString(RoutingStateJson.Write(again.State)));
        Assert.Equal((3L, RolloutPhase.RolledBack), (again.Epoch, again.Rollout!.Phase));
    }

    private static ModelTraffic Started(TrafficDocument? document = null)
    {
        var traffic = new ModelTraffic("iris", null);
        traffic.Put(document ?? One, null, Versions, Now);
        Assert.Null(traffic.StartRollout(ToTwo, Versions, null, Now).Error);
        return traffic;
    }

    private static RolloutReport Report(long epoch, long canaryErrors) => new(
        "a", 1, [new(epoch, new ArmReport(900, 0, 0, LatencyCounts.None), new ArmReport(100, canaryErrors, 0, LatencyCounts.None))]);
}
