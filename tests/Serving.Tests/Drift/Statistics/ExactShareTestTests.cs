using Serving.Drift.Statistics;

namespace Serving.Tests.Drift.Statistics;

public sealed class ExactShareTestTests
{
    [Theory]
    [InlineData(100, 10_000, 12, 500, 0.006920479403540294)]
    [InlineData(0, 1_000, 3, 300, 0.012194991762064218)]
    public void Growth_AgainstTheHypergeometricTail_Agrees(long hits, long count, long nowHits, long nowCount, double expected) =>
        Assert.Equal(1, ExactShareTest.Growth(hits, count, nowHits, nowCount) / expected, 1e-9);

    [Fact]
    public void Growth_ShareFellOrNothingSeen_IsOne()
    {
        Assert.Equal(1, ExactShareTest.Growth(100, 1_000, 10, 100));
        Assert.Equal(1, ExactShareTest.Growth(100, 1_000, 0, 100));
        Assert.Equal(1, ExactShareTest.Growth(0, 1_000, 0, 0));
    }

    [Fact]
    public void Growth_EverythingOfEither_IsNotAboveOne() => Assert.Equal(1, ExactShareTest.Growth(50, 50, 20, 20));
}
