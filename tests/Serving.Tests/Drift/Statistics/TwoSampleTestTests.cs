using Serving.Drift.Statistics;

namespace Serving.Tests.Drift.Statistics;

public sealed class TwoSampleTestTests
{
    [Fact]
    public void Compare_RareBins_ArePooledByTheSumOfBothSamples()
    {
        // Expected in the smaller sample: 89, 5.5, 2.7 and 2.7; the last two are pooled.
        var pooled = new TwoSampleTest([895, 55, 25, 25], TwoSampleTest.LeastExpected).Compare([85, 5, 5, 5]);
        var byHand = new TwoSampleTest([895, 55, 50]).Compare([85, 5, 10]);

        Assert.Equal(2, pooled.Degrees);
        Assert.Equal(byHand.Value, pooled.Value, 1e-12);
        Assert.Equal(new TwoSampleTest([895, 55, 50]).CompareByRatio([85, 5, 10]).Value,
            new TwoSampleTest([895, 55, 25, 25], TwoSampleTest.LeastExpected).CompareByRatio([85, 5, 5, 5]).Value, 1e-12);
    }

    [Fact]
    public void CompareByRatio_CloseSamples_IsAboutPearsons() =>
        Assert.Equal(1, new TwoSampleTest([5_000, 5_000]).CompareByRatio([510, 490]).Value / new TwoSampleTest([5_000, 5_000]).Compare([510, 490]).Value, 1e-3);

    [Fact]
    public void Compare_PoolItselfTooSmall_TakesTheSmallestOther()
    {
        var pooled = new TwoSampleTest([900, 80, 10], TwoSampleTest.LeastExpected).Compare([90, 8, 1]);
        var byHand = new TwoSampleTest([900, 90]).Compare([90, 9]);

        Assert.Equal(1, pooled.Degrees);
        Assert.Equal(byHand.Value, pooled.Value, 1e-12);
    }

    [Fact]
    public void Compare_ScaledWindow_IsTheSmallerWindow()
    {
        var scaled = new TwoSampleTest([500, 500]).Compare([600, 200], 0.5);
        var smaller = new TwoSampleTest([500, 500]).Compare([300, 100]);

        Assert.Equal(smaller.Value, scaled.Value, 1e-12);
        Assert.Equal(new TwoSampleTest([500, 500]).CompareByRatio([300, 100]).Value,
            new TwoSampleTest([500, 500]).CompareByRatio([600, 200], 0.5).Value, 1e-12);
    }

    [Fact]
    public void Compare_NothingOnOneSide_HasNoDegrees()
    {
        Assert.Equal(0, new TwoSampleTest([5, 5]).Compare([0, 0]).Degrees);
        Assert.Equal(0, new TwoSampleTest([9]).Compare([4]).Degrees);
    }
}
