using Serving.Drift.Statistics;

namespace Serving.Tests.Drift.Statistics;

public sealed class TwoSampleTestTests
{
    [Fact]
    public void Compare_RareBins_ArePooledByTheSumOfBothSamples()
    {
        // Expected in the smaller sample: 89, 5.5, 2.7 and 2.7; the last two are pooled.
        var pooled = TwoSampleTest.Compare([895, 55, 25, 25], [85, 5, 5, 5], 1, TwoSampleTest.LeastExpected);
        var byHand = TwoSampleTest.Compare([895, 55, 50], [85, 5, 10]);

        Assert.Equal(2, pooled.Degrees);
        Assert.Equal(byHand.Value, pooled.Value, 1e-12);
        Assert.Equal(TwoSampleTest.CompareByRatio([895, 55, 50], [85, 5, 10]).Value,
            TwoSampleTest.CompareByRatio([895, 55, 25, 25], [85, 5, 5, 5], 1, TwoSampleTest.LeastExpected).Value, 1e-12);
    }

    [Fact]
    public void CompareByRatio_CloseSamples_IsAboutPearsons() =>
        Assert.Equal(1, TwoSampleTest.CompareByRatio([5_000, 5_000], [510, 490]).Value / TwoSampleTest.Compare([5_000, 5_000], [510, 490]).Value, 1e-3);

    [Fact]
    public void Compare_PoolItselfTooSmall_TakesTheSmallestOther()
    {
        var pooled = TwoSampleTest.Compare([900, 80, 10], [90, 8, 1], 1, TwoSampleTest.LeastExpected);
        var byHand = TwoSampleTest.Compare([900, 90], [90, 9]);

        Assert.Equal(1, pooled.Degrees);
        Assert.Equal(byHand.Value, pooled.Value, 1e-12);
    }

    [Fact]
    public void Compare_ScaledWindow_IsTheSmallerWindow()
    {
        var scaled = TwoSampleTest.Compare([500, 500], [600, 200], 0.5);
        var smaller = TwoSampleTest.Compare([500, 500], [300, 100]);

        Assert.Equal(smaller.Value, scaled.Value, 1e-12);
        Assert.Equal(TwoSampleTest.CompareByRatio([500, 500], [300, 100]).Value,
            TwoSampleTest.CompareByRatio([500, 500], [600, 200], 0.5).Value, 1e-12);
    }

    [Fact]
    public void Compare_NothingOnOneSide_HasNoDegrees()
    {
        Assert.Equal(0, TwoSampleTest.Compare([5, 5], [0, 0]).Degrees);
        Assert.Equal(0, TwoSampleTest.Compare([9], [4]).Degrees);
    }
}
