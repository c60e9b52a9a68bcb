using MathNet.Numerics.Distributions;

namespace Serving.Routing.Rollouts;

public sealed class LatencyEProcessTests
{
    private static readonly double[] Law = [.. Enumerable.Repeat(0.05, 19), 0.04, 0.01];

    [Fact]
    public void LogEvidence_ReferenceCounts_HasTheReferenceValue()
    {
        long[] stable = [41, 39, 31, 46, 55, 44, 47, 41, 40, 49, 43, 60, 58, 45, 44, 44, 33, 44, 49, 42, 5];
        long[] canary = [5, 4, 4, 5, 9, 4, 8, 11, 4, 4, 3, 4, 5, 3, 7, 4, 6, 3, 3, 4, 0];

        Assert.Equal(-1.0411333747590557, LatencyEProcess.LogEvidence(Law, [new(0.1, canary, stable)]), 1e-9);
    }

    [Fact]
    public void LogEvidence_Halves_AddUp()
    {
        long[] half = [.. Enumerable.Range(0, 21)];
        long[] whole = [.. half.Select(n => 2 * n)];
        LatencyStage stage = new(0.1, half, half);

        Assert.Equal(
            LatencyEProcess.LogEvidence(Law, [new(0.1, whole, whole)]), LatencyEProcess.LogEvidence(Law, [stage, stage]), 1e-9);
    }

    // Whichever bin the next request falls into, the arm it is drawn for must not move the mean of the evidence.
    [Fact]
    public void LogEvidence_NextRequest_WinsNothingOnAverage()
    {
        for (var bin = 0; bin < 21; bin++)
        {
            long[] one = new long[21], none = new long[21];
            one[bin] = 1;
            var mean = 0.3 * Math.Exp(LatencyEProcess.LogEvidence(Law, [new(0.3, one, none)]))
                + 0.7 * Math.Exp(LatencyEProcess.LogEvidence(Law, [new(0.3, none, one)]));

            Assert.Equal(1, mean, 1e-12);
        }
    }

    [Fact]
    public void Cut_LogNormal_HasTwentyOneBinsOfTheUsualShares()
    {
        var law = LatencyLaw.Cut(Histogram(20_000, 1))!;

        Assert.Equal(21, law.Starts.Count);
        Assert.Equal(1, law.Shares.Sum(), 1e-9);
        Assert.All(law.Shares.Take(19), share => Assert.InRange(share, 0.03, 0.07));
        Assert.InRange(law.Shares[^1], 0.008, 0.012);
    }

    [Fact]
    public void Cut_FewOrEqualLatencies_GivesNoneOrFewBins()
    {
        var equal = new LatencyHistogram();
        equal.Add(100, 499);
        Assert.Null(LatencyLaw.Cut(equal));

        equal.Add(100, 500);
        var law = LatencyLaw.Cut(equal)!;
        Assert.Equal([0, 100, 101], law.Starts);
        Assert.Equal(1, law.Shares.Sum(), 1e-9);
        Assert.All(law.Shares, share => Assert.True(share > 0));
        Assert.Equal([3, 0, 4], law.Bin(new LatencyCounts([7, 99, 500], [1, 2, 4])));
    }

    [Fact]
    public void Bin_EveryBucket_FallsIntoOneBin()
    {
        var law = LatencyLaw.Cut(Histogram(5000, 2))!;
        int[] all = [.. Enumerable.Range(0, LatencyBuckets.Count)];

        Assert.Equal(LatencyBuckets.Count, law.Bin(new LatencyCounts(all, [.. all.Select(_ => 1L)])).Sum());
    }

    [Fact]
    public void Buckets_EveryBound_StartsItsOwnBucket()
    {
        for (var i = 0; i < LatencyBuckets.Count; i++)
        {
            var start = TimeSpan.FromMicroseconds(LatencyBuckets.StartMs(i) * 1000);
            Assert.Equal(i, LatencyBuckets.IndexOf(start));
            if (i > 0) Assert.Equal(i - 1, LatencyBuckets.IndexOf(start - TimeSpan.FromMicroseconds(1)));
            if (i >= 32) Assert.InRange(LatencyBuckets.StartMs(i + 1) / LatencyBuckets.StartMs(i), 1, 1.0326);
        }

        Assert.Equal(LatencyBuckets.Count - 1, LatencyBuckets.IndexOf(TimeSpan.FromDays(9)));
        Assert.Equal(0, LatencyBuckets.IndexOf(TimeSpan.FromSeconds(-1)));
    }

    [Fact]
    public void Quantiles_LogNormal_AreWithinABucket()
    {
        var histogram = Histogram(100_000, 3);

        Assert.InRange(histogram.QuantileMs(0.5)!.Value, 19.2, 21.0);
        Assert.InRange(histogram.QuantileMs(0.99)!.Value, 77, 85.5);
        Assert.Null(new LatencyHistogram().QuantileMs(0.5));
    }

    [Fact]
    public void QuantileSequence_LookedAtAllTheTime_LeavesTheTruthOutRarely()
    {
        var truth = LogNormal.InvCDF(3, 0.6, 0.9);
        var random = new Random(11);
        var left = 0;
        const int runs = 200;
        for (var run = 0; run < runs; run++)
        {
            var histogram = new LatencyHistogram();
            var outside = false;
            for (var look = 0; look < 25; look++)
            {
                for (var i = 0; i < 100; i++) histogram.Add(TimeSpan.FromMilliseconds(LogNormal.Sample(random, 3, 0.6)));
                var interval = QuantileSequence.OfMs(histogram, 0.9, 0.1);
                outside |= truth < interval.Low || truth > interval.High;
            }

            if (outside) left++;
        }

        Assert.InRange(left, 0, runs / 10);
    }

    [Fact]
    public void QuantileSequence_MoreLatencies_IsNarrower()
    {
        var few = QuantileSequence.OfMs(Histogram(1000, 4), 0.99, 0.05);
        var many = QuantileSequence.OfMs(Histogram(100_000, 4), 0.99, 0.05);

        Assert.True(many.High - many.Low < (few.High - few.Low) / 3);
        Assert.InRange(81.1, many.Low, many.High);
    }

    private static LatencyHistogram Histogram(int count, int seed)
    {
        var random = new Random(seed);
        var histogram = new LatencyHistogram();
        for (var i = 0; i < count; i++) histogram.Add(TimeSpan.FromMilliseconds(LogNormal.Sample(random, 3, 0.6)));
        return histogram;
    }
}
