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

    /// <summary>However many bins are worked out at once, some with nothing in them, some rare, it is the sum over bins as in the books.</summary>
    [Theory]
    [InlineData(3, 1, 0)]
    [InlineData(203, 1, 5)]
    [InlineData(1_001, 1, 5)]
    [InlineData(1_001, 0.3, 5)]
    [InlineData(1_001, 0.3, 0)]
    public void Compare_ManyBins_IsTheSumOverThem(int count, double scale, double leastExpected)
    {
        var random = new Random(count);
        var reference = new long[count];
        var current = new long[count];
        for (var i = 0; i < count; i++)
            (reference[i], current[i]) = (random.Next(20_000) / (i + 1), random.Next(5_000) / (1 + ((i + 7) % count)));
        double m = reference.Sum(), n = current.Sum() * scale;
        var bins = reference.Zip(current, (r, c) => (R: (double)r, C: c * scale)).Where(bin => bin.R + bin.C > 0)
            .GroupBy(bin => (bin.R + bin.C) * Math.Min(m, n) / (m + n) >= leastExpected)
            .SelectMany(bins => bins.Key ? bins.AsEnumerable() : [(bins.Sum(bin => bin.R), bins.Sum(bin => bin.C))]).ToArray();
        var test = new TwoSampleTest(reference, leastExpected);

        var unit = (1 / m) + (1 / n);
        double square = 0, ratio = 0;
        foreach (var (r, c) in bins)
        {
            foreach (var (seen, expected) in new[] { (r, (r + c) * m / (m + n)), (c, (r + c) * n / (m + n)) })
            {
                square += (seen - expected) * (seen - expected) / expected;
                ratio += seen == 0 ? 0 : 2 * seen * Math.Log(seen / expected);
            }
        }

        Assert.Equal(1, test.Compare(current, scale).Value / (square * unit), 1e-12);
        Assert.Equal(1, test.CompareByRatio(current, scale).Value / (ratio * unit), 1e-12);
        Assert.Equal(bins.Length - 1, test.Compare(current, scale).Degrees);
        Assert.Equal(bins.Length - 1, test.CompareByRatio(current, scale).Degrees);
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
