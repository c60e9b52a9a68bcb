using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.RegularExpressions;
using Serving.Telemetry;

namespace Gateway.Tests.Metrics;

public sealed class MergedHistogramTests
{
    private static readonly InstrumentRow Row = new("test.duration", InstrumentKind.Histogram, "s", "Test") { Bounds = BucketBounds.Seconds };

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.95)]
    [InlineData(0.99)]
    [InlineData(0.999)]
    public void Buckets_OfTwoProcesses_GiveTheQuantileOfTheirPooledSamples(double quantile)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var (pooled, merged) = (new List<double>(), new SortedDictionary<double, long>());

            // Unlike processes: one quick and busy, one slow with a long tail.
            foreach (var (count, median, spread) in new[] { (random.Next(500, 5000), 0.0004, 0.5), (random.Next(50, 2000), 0.02, 1.5) })
            {
                using var meters = new FakeMeters();
                var histogram = Row.CreateHistogram(meters.Create(new MeterOptions("OrleansServing.Gateway")));
                for (var i = 0; i < count; i++)
                {
                    var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
                    var sample = median * Math.Exp(spread * normal);
                    pooled.Add(sample);
                    histogram.Record(sample);
                }

                foreach (Match bucket in Regex.Matches(meters.Read(), """test_duration_seconds_bucket\{le="([^"]+)"\} (\d+)"""))
                {
                    var bound = bucket.Groups[1].Value == "+Inf" ? double.PositiveInfinity : double.Parse(bucket.Groups[1].Value, CultureInfo.InvariantCulture);
                    merged[bound] = merged.GetValueOrDefault(bound) + long.Parse(bucket.Groups[2].Value, CultureInfo.InvariantCulture);
                }
            }

            pooled.Sort();
            var rank = (long)Math.Ceiling(quantile * pooled.Count);
            var exact = pooled[(int)rank - 1];
            var upper = merged.First(bucket => bucket.Value >= rank).Key;
            var lower = merged.Keys.LastOrDefault(bound => bound < upper);

            Assert.Equal(pooled.Count, merged[double.PositiveInfinity]);
            Assert.True(exact > lower && exact <= upper, $"seed {seed}: {exact} is not in ({lower}, {upper}]");
        }
    }
}
