using Serving.Drift.Baselines;
using Serving.Drift.Observing;
using Serving.Drift.Statistics;
using Serving.Inference;

namespace Serving.Tests.Drift.Observing;

public sealed class NarrowEdgesTests
{
    public static TheoryData<TensorType> Types => [TensorType.Fp32, TensorType.Fp16, TensorType.Bf16];

    [Theory]
    [MemberData(nameof(Types))]
    public void Of_RoundedDecimals_KeepsEveryValueInItsBin(TensorType type)
    {
        double[] values = [.. Enumerable.Range(0, 2000).Select(i => Math.Round(0.1 * (1 + (i * i % 37)), 1))];
        var bins = NumericBuilder.Build("x", values).Bins;
        var edges = NarrowEdges.Of(bins, type)!;

        Assert.All(values, value => Assert.Equal(Bins.IndexOf(bins.Edges, value), Bins.IndexOf(edges, Narrow(value, type))));
        Assert.Equal(0, Bins.IndexOf(edges, Narrow(0.05, type)));
        Assert.Equal(bins.AboveRange, Bins.IndexOf(edges, Narrow(4, type)));
    }

    [Fact]
    public void Of_ValuesThatWereNarrowAlready_StayInTheirBins()
    {
        var random = new Random(1);
        double[] values = [.. Enumerable.Range(0, 2000).Select(_ => (double)random.NextSingle())];
        var bins = NumericBuilder.Build("x", values).Bins;

        var edges = NarrowEdges.Of(bins, TensorType.Fp32)!;
        Assert.All(values, value => Assert.Equal(Bins.IndexOf(bins.Edges, value), Bins.IndexOf(edges, value)));
        Assert.Null(NarrowEdges.Of(bins, TensorType.Fp64));
        Assert.Null(NarrowEdges.Of(bins, TensorType.Int32));
    }

    private static double Narrow(double value, TensorType type) => type switch
    {
        TensorType.Fp32 => (float)value,
        TensorType.Fp16 => (double)(Half)value,
        _ => BitConverter.UInt32BitsToSingle((BitConverter.SingleToUInt32Bits((float)value) + 0x8000) & 0xFFFF0000),
    };
}
