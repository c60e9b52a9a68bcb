using Serving.Inference;
using Serving.Routing.Rollouts;

namespace Serving.Routing;

public sealed class RolloutTallyTests
{
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(80);
    private static readonly ServingError Failure = new(ErrorCode.ModelFailed, "no");

    [Fact]
    public void Count_DrawnRequests_GoToTheirArmAndEpoch()
    {
        var tally = new RolloutTally("1", "2", budgetMs: 50);
        tally.Count(Route("1", 7), null, null, Quick);
        tally.Count(Route("1", 7), null, Failure, Quick);
        tally.Count(Route("2", 7), null, null, Slow);
        tally.Count(Route("2", 8), null, null, Quick);
        tally.Count(Route("3", 8), null, null, Quick);

        var reports = tally.Cut();
        Assert.Equal([7, 8], reports.Select(r => r.Epoch));
        Assert.Equal((2L, 1L, 0L), (reports[0].Stable.Requests, reports[0].Stable.Errors, reports[0].Stable.Slow));
        Assert.Equal((1L, 0L, 1L), (reports[0].Canary.Requests, reports[0].Canary.Errors, reports[0].Canary.Slow));
        Assert.Equal(1, reports[0].Stable.Latencies.Counts.Sum());
        Assert.Equal((0L, 1L), (reports[1].Stable.Requests, reports[1].Canary.Requests));
        Assert.Empty(tally.Cut());
    }

    [Theory]
    [InlineData(RouteReason.Version)]
    [InlineData(RouteReason.Label)]
    [InlineData(RouteReason.Rule)]
    [InlineData(RouteReason.Only)]
    public void Count_NotDrawn_ProvesNothing(RouteReason reason)
    {
        var tally = new RolloutTally("1", "2", null);
        tally.Count(new RouteDecision("2", null, reason, 7), null, Failure, Quick);

        Assert.Empty(tally.Cut());
    }

    [Theory]
    [InlineData(ErrorCode.InvalidRequest, true)]
    [InlineData(ErrorCode.Overloaded, true)]
    [InlineData(ErrorCode.DeadlineExceeded, true)]
    [InlineData(ErrorCode.QuotaExceeded, false)]
    [InlineData(ErrorCode.PayloadTooLarge, false)]
    public void Count_Error_CountsWhenItMayBeTheVersions(ErrorCode code, bool counts)
    {
        var tally = new RolloutTally("1", "2", null);
        tally.Count(Route("2", 7), null, new ServingError(code, "no"), Quick);

        Assert.Equal(counts ? 1 : 0, tally.Cut().Count);
    }

    [Fact]
    public void Count_StickyCaller_IsTestedOnceInARollout()
    {
        var tally = new RolloutTally("1", "2", budgetMs: 50);
        for (var i = 0; i < 5; i++)
        {
            tally.Count(Route("2", 7, RouteReason.Sticky), "ann", Failure, Quick);
            tally.Count(Route("2", 7, RouteReason.Sticky), "ann", null, Slow);
            tally.Count(Route("2", 7, RouteReason.Sticky), "bob", null, Quick);
            tally.Count(Route("2", 7), "ann", Failure, Quick);
        }

        var first = tally.Cut()[0].Canary;
        Assert.Equal((20L, 10L, 5L), (first.Requests, first.Errors, first.Slow));
        Assert.Equal((6L, 1L, 2L), (first.Tested!.Errors, first.Tested.Slow, first.Tested.Latencies.Counts.Sum()));

        tally.Count(Route("2", 8, RouteReason.Sticky), "ann", Failure, Quick);
        var second = tally.Cut()[0].Canary;
        Assert.Equal((1L, 0L), (second.Errors, second.Tested!.Errors));
    }

    [Fact]
    public void IsFirst_ManyCallers_ForgetsFewAndNeverRemembersTwice()
    {
        var filter = new CallerFilter();
        var first = Enumerable.Range(0, 5000).Count(i => filter.IsFirst($"user-{i}"));

        Assert.InRange(first, 4900, 5000);
        Assert.All(Enumerable.Range(0, 5000), i => Assert.False(filter.IsFirst($"user-{i}")));
    }

    private static RouteDecision Route(string version, long epoch, RouteReason reason = RouteReason.Weight) => new(version, null, reason, epoch);
}
