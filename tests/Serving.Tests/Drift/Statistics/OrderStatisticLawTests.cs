using Serving.Drift.Statistics;

namespace Serving.Tests.Drift.Statistics;

public sealed class OrderStatisticLawTests
{
    [Fact]
    public void Coarsen_FortyByFour_IsTheLawOfTen()
    {
        double[] sorted = [.. Enumerable.Range(0, 1_003).Select(i => i * 0.5)];
        var coarse = OrderStatisticLaw.FromSorted(sorted, 40).Coarsen(4);
        var direct = OrderStatisticLaw.FromSorted(sorted, 10);

        Assert.Equal(direct.Edges, coarse.Edges);
        Assert.Equal(direct.Alpha, coarse.Alpha);
    }

    [Fact]
    public void AnyShape_QuietWindows_HaveTheMeanOfTheirLaw()
    {
        // Uniform data, 400 pairs of baseline and window: the mean of chi-square(9) is 9, its standard error here 0.21.
        var random = new Random(5);
        double shape = 0, ratio = 0, smooth = 0;
        const int Pairs = 400;
        for (var pair = 0; pair < Pairs; pair++)
        {
            var law = OrderStatisticLaw.FromSorted(Sorted(random, 1_000), 40);
            var counts = Bins.Count(law.Edges, Sorted(random, 500));
            var unit = (1.0 / 500) + (1.0 / 1_001);
            var (ten, coarse) = (law.Coarsen(4), OrderStatisticLaw.Sum(counts, 4));
            shape += ten.AnyShape(coarse).Value / unit / Pairs;
            ratio += new TwoSampleTest(ten.Alpha).CompareByRatio(coarse).Value / unit / Pairs;
            smooth += law.Smooth(counts).Value / unit / Pairs;
        }

        Assert.InRange(shape, 8.3, 9.7);
        Assert.InRange(ratio, 8.3, 9.7);
        Assert.InRange(smooth, 1.7, 2.3);
    }

    private static double[] Sorted(Random random, int count)
    {
        var values = new double[count];
        for (var i = 0; i < count; i++)
            values[i] = random.NextDouble();
        Array.Sort(values);
        return values;
    }
}
