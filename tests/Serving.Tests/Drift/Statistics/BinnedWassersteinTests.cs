using Serving.Drift.Baselines;
using Serving.Drift.Panes;
using Serving.Drift.Statistics;

namespace Serving.Tests.Drift.Statistics;

public sealed class BinnedWassersteinTests
{
    [Fact]
    public void NullDistance_QuietWindows_IsTheirMeanDistance()
    {
        const int Windows = 400, Rows = 500;
        var baseline = NumericBuilder.Build("x", Draws.Normal(1, 10_000));
        var (random, bins, total) = (new Random(2), baseline.Bins, 0.0);
        for (var w = 0; w < Windows; w++)
        {
            var counts = new FeatureCounts(baseline.Counts.Length);
            for (var i = 0; i < Rows; i++) counts.AddNumber(Draws.Normal(random), bins.Edges, bins.Center, 1 / bins.Unit);
            total += BinnedWasserstein.Distance(bins.Edges, baseline.Counts, bins.Minimum, bins.Maximum, counts.Bins, counts.Minimum, counts.Maximum);
        }

        var expected = BinnedWasserstein.NullDistance(bins.Edges, baseline.Counts, bins.Minimum, bins.Maximum, Rows);
        Assert.InRange(expected, 0.9 * total / Windows, 1.1 * total / Windows);
    }
}
