using Serving.Drift.Panes;

namespace Serving.Tests.Drift.Panes;

public sealed class BinCountsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(1_001)]
    public void Add_SmallAndLargeCounts_AreWhole(int bins)
    {
        var (random, counts, expected) = (new Random(bins), new BinCounts(bins), new long[bins]);
        for (var i = 0; i < 20_000; i++)
        {
            var bin = random.Next(bins);
            var count = random.Next(4) switch { 0 => 4095, 1 => random.Next(10_000), 2 => random.NextInt64(1L << 50), _ => 1 };
            if (random.Next(10) != 0) count = 1;
            counts.Add(bin, count);
            expected[bin] += count;
        }

        Assert.Equal(expected, Enumerable.Range(0, bins).Select(bin => counts[bin]));
        var sums = new long[bins];
        counts.AddTo(sums);
        Assert.Equal(expected, sums);
        counts.AddTo(sums, counts);
        Assert.Equal(expected, sums);
        new BinCounts(bins).AddTo(sums, counts);
        Assert.All(sums, sum => Assert.Equal(0, sum));
    }

    [Fact]
    public void Bin_Outside_IsRefused()
    {
        var counts = new BinCounts(3);

        Assert.Throws<ArgumentOutOfRangeException>(() => counts.Add(3, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => counts[-1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => counts.AddTo(new long[4]));
    }

    /// <summary>What a pane may keep of a feature, with as many categories as are told apart, each seen a hundred times.</summary>
    [Fact]
    public void Pane_OfAThousandCategories_KeepsTwoKilobytes()
    {
        const int Panes = 100;
        var pane = new PaneCounts(1_001);
        for (var i = 0; i < 100_000; i++)
            pane.AddBin(i % 1_000);
        var kept = new PaneCounts[Panes];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Panes; i++)
            kept[i] = pane.Copy();

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / Panes, 1_500, 2_000);
    }
}
