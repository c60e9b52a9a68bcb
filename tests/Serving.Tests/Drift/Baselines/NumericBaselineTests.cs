using Serving.Drift.Baselines;
using Serving.Drift.Statistics;
using Serving.Tests.Drift.Reference;

namespace Serving.Tests.Drift.Baselines;

public sealed class NumericBaselineTests
{
    [Fact]
    public void Build_ContinuousValues_HasTheOrderStatisticLawOfFortyBins()
    {
        var values = Draws.Normal(1, 1_234);
        var baseline = NumericBuilder.Build("x", values);
        var direct = OrderStatisticLaw.FromSorted(RawData.Sorted(values), 40);

        Assert.True(baseline.Continuous);
        Assert.Equal(direct.Edges, baseline.Bins.Ranks);
        Assert.Equal(direct.Alpha, baseline.Bins.OrderLaw(baseline.Counts)!.Alpha);
        Assert.Equal(1_235, baseline.Law.Weight);
    }

    [Fact]
    public void Build_AnyValues_ShowsTheAtomAwareDeciles()
    {
        var values = Draws.Normal(2, 500);
        var baseline = NumericBuilder.Build("x", values);

        Assert.Equal(QuantileBins.AtomAwareDeciles(RawData.Sorted(values)), baseline.Bins.Deciles);
        Assert.Equal(Bins.Count(baseline.Bins.Deciles, values), baseline.Shown.Sum(baseline.Counts));
    }

    [Fact]
    public void Build_RoundedValues_GoByAtoms() =>
        Assert.False(NumericBuilder.Build("x", Array.ConvertAll(Draws.Normal(3, 10_000), v => Math.Round(v, 1))).Continuous);

    [Fact]
    public void Build_BarelyTiedValues_StayContinuous() =>
        Assert.True(NumericBuilder.Build("x", Array.ConvertAll(Draws.Normal(3, 10_000), v => Math.Round(v, 5))).Continuous);

    [Fact]
    public void Build_MixedValues_CountsEachKindApart()
    {
        var baseline = NumericBuilder.Build("x", [1, 2, 2, 3, double.NaN, double.PositiveInfinity, double.NegativeInfinity], 4);

        Assert.Equal(4, baseline.Binned);
        Assert.Equal(new NumericTotals(4, 1, 2, 2, 2, Math.Sqrt(0.5)), baseline.Totals);
        Assert.Equal(11, baseline.Rows);
        Assert.Equal((1, 3), (baseline.Bins.Minimum, baseline.Bins.Maximum));
    }

    [Fact]
    public void Build_RangeBins_TellValuesOutsideApart()
    {
        var bins = NumericBuilder.Build("x", Draws.Normal(4, 100)).Bins;

        Assert.True(Bins.IndexOf(bins.Edges, bins.Minimum) >= bins.BelowRange);
        Assert.True(Bins.IndexOf(bins.Edges, Math.BitDecrement(bins.Minimum)) < bins.BelowRange);
        Assert.True(Bins.IndexOf(bins.Edges, bins.Maximum) < bins.AboveRange);
        Assert.True(Bins.IndexOf(bins.Edges, Math.BitIncrement(bins.Maximum)) >= bins.AboveRange);
    }

    [Theory]
    [InlineData(0.0, 1.0, 1.15)]
    [InlineData(0.6, 1.3, 1.9)]
    [InlineData(0.9, 3.0, 6.5)]
    public void Build_InTimeOrder_LearnsHowFarRowsDependOnTheirPast(double autocorrelation, double atLeast, double atMost)
    {
        var baseline = NumericBuilder.Build("x", Draws.Autoregressive(5, 10_000, autocorrelation), 0, true);

        Assert.InRange(baseline.Dispersion!.Shape, atLeast, atMost);
        Assert.True(baseline.Dispersion.Smooth >= baseline.Dispersion.Shape || autocorrelation == 0);
        Assert.Null(NumericBuilder.Build("x", Draws.Normal(5, 10_000)).Dispersion);
    }

    [Fact]
    public void Build_ExtremeValues_StaysFinite()
    {
        double[] values = [double.MinValue, -1e308, 0, double.Epsilon, 1e308, double.MaxValue, double.MaxValue];
        var baseline = new Baseline([NumericBuilder.Build("x", values), NumericBuilder.Build("none", [], 3)]);

        Assert.Equal(baseline.Hash, BaselineDocument.Read(BaselineDocument.Write(baseline)).Value.Hash);
    }
}
