using Serving.Drift.Statistics;

namespace Serving.Tests.Drift.Statistics;

public sealed class TailTests
{
    [Theory]
    [InlineData(5, 1, 0.025347318677468325)]
    [InlineData(30, 9, 0.00043872177097947936)]
    [InlineData(120, 9, 1.336164776532522e-21)]
    [InlineData(400, 19, 4.3853799569319117e-73)]
    public void ChiSquare_FarOut_KeepsItsRelativePrecision(double statistic, int degrees, double expected) =>
        Assert.Equal(1, Tail.ChiSquare(statistic, degrees) / expected, 1e-9);

    [Theory]
    [InlineData(30, 9, 19, 0.013004940152738231)]
    [InlineData(120, 9, 171, 4.707451619237339e-16)]
    [InlineData(23, 2, 40, 0.00011334146908529753)]
    public void ScaledChiSquare_FewBlocks_IsFisherSnedecor(double statistic, int degrees, int scaleDegrees, double expected) =>
        Assert.Equal(1, Tail.ScaledChiSquare(statistic, degrees, scaleDegrees) / expected, 1e-8);

    [Fact]
    public void Tails_NoOrEveryEvidence_AreOneAndZero()
    {
        Assert.Equal(1, Tail.ChiSquare(0, 9));
        Assert.Equal(0, Tail.ChiSquare(double.PositiveInfinity, 9));
        Assert.Equal(1, Tail.ScaledChiSquare(-1, 9, 19));
    }
}
