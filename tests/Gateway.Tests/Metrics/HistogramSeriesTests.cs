using Gateway.Metrics;
using Serving.Telemetry;

namespace Gateway.Tests.Metrics;

public sealed class HistogramSeriesTests
{
    private static readonly double[] Bounds = [1, 2, 5];

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(1, 0)]
    [InlineData(1.0000001, 1)]
    [InlineData(2, 1)]
    [InlineData(5, 2)]
    [InlineData(5.1, 3)]
    [InlineData(double.PositiveInfinity, 3)]
    [InlineData(double.NaN, 3)]
    public void Record_Value_FallsIntoItsBucket(double value, int bucket)
    {
        var histogram = new HistogramSeries(Bounds);

        histogram.Record(value, Stripes.Current);

        Assert.Equal(Enumerable.Range(0, 4).Select(b => b == bucket ? 1L : 0), Enumerable.Range(0, 4).Select(histogram.Count));
    }

    [Fact]
    public void Record_FromManyThreads_LosesNothing()
    {
        var histogram = new HistogramSeries(Bounds);

        Parallel.For(0, 8, _ =>
        {
            for (var i = 0; i < 10_000; i++) histogram.Record(i % 2 == 0 ? 0.5 : 4.0, Stripes.Current);
        });

        Assert.Equal([40_000, 0, 40_000, 0], Enumerable.Range(0, 4).Select(histogram.Count));
        Assert.Equal(40_000 * 4.5, histogram.Sum);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.9)]
    [InlineData(0.99)]
    public void Counts_OfTwoProcesses_GiveThePooledQuantileWithinABucket(double share)
    {
        var bounds = BucketBounds.Seconds.ToArray();
        var random = new Random(1);
        var (fast, slow) = (new HistogramSeries(bounds), new HistogramSeries(bounds));
        var pooled = new List<double>();
        for (var i = 0; i < 20_000; i++)
        {
            // Two nodes of unlike speed and load, with long tails.
            var (node, middle) = i % 4 == 0 ? (slow, 0.02) : (fast, 0.0007);
            var value = middle * Math.Exp(1.2 * Gaussian(random));
            node.Record(value, Stripes.Current);
            pooled.Add(value);
        }

        pooled.Sort();
        var truth = pooled[(int)Math.Ceiling(share * pooled.Count) - 1];
        var rank = (long)Math.Ceiling(share * pooled.Count);
        var (bucket, seen) = (0, 0L);
        while ((seen += fast.Count(bucket) + slow.Count(bucket)) < rank) bucket++;

        Assert.InRange(truth, bucket == 0 ? 0 : bounds[bucket - 1], bounds[bucket]);
    }

    private static double Gaussian(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
