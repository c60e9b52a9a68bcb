namespace Serving.Routing.Rollouts;

public sealed class EventEProcessTests
{
    private static readonly double LogHundred = Math.Log(100);

    // Reference values of the conditional binomial e-process, computed independently: 900 and 100 requests, share 0.1.
    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0, 40, -1.7561941822956453)]
    [InlineData(10, 9, 9.194972593054338)]
    public void LogEvidence_NoTolerance_IsTheConditionalBinomial(int canary, int stable, double expected)
    {
        var evidence = EventEProcess.LogEvidence([new(0.1, canary, 100, stable, 900)], 0, EventEProcess.EvenWeights);

        Assert.Equal(expected, evidence, 1e-9 * Math.Max(1, Math.Abs(expected)));
    }

    [Fact]
    public void Weights_SumUpToOne()
    {
        Assert.Equal(1, EventEProcess.Weights.Sum(), 1e-15);
        Assert.Equal(1, EventEProcess.EvenWeights.Sum(), 1e-15);
    }

    [Fact]
    public void LogEvidence_NoTolerance_NeedsNoDenominators() => Assert.Equal(
        EventEProcess.LogEvidence([new(0.1, 5, 100, 9, 900)], 0),
        EventEProcess.LogEvidence([new(0.1, 5, 1_000_000, 9, 2_000_000)], 0));

    [Fact]
    public void LogEvidence_OneShareInTwoStages_IsAsInOne() => Assert.Equal(
        EventEProcess.LogEvidence([new(0.1, 12, 500, 30, 4500)], 0.005),
        EventEProcess.LogEvidence([new(0.1, 4, 200, 10, 1800), new(0.1, 8, 300, 20, 2700)], 0.005),
        1e-9);

    [Fact]
    public void LogEvidence_SharesDiffer_AddsEachRatioOverTheStages()
    {
        // Ten events of the canary at 1 %, ten at 50 %: a hand-made sum over the seven ratios.
        double[] ratios = [1.1, 1.25, 1.5, 2, 3, 5, 10];
        var mean = ratios.Average(k => Math.Pow(k / (k * 0.01 + 0.99), 10) * Math.Pow(k / (k * 0.5 + 0.5), 10));

        Assert.Equal(Math.Log(mean), EventEProcess.LogEvidence([new(0.01, 10, 10, 0, 0), new(0.5, 10, 10, 0, 0)], 0, EventEProcess.EvenWeights), 1e-9);
    }

    [Fact]
    public void LogEvidence_LargerTolerance_IsNeverMore()
    {
        EventStage[] stages = [new(0.05, 40, 1000, 150, 19_000), new(0.5, 900, 20_000, 400, 20_000)];
        var last = double.PositiveInfinity;
        for (var tolerance = -1.0; tolerance <= 1; tolerance += 0.01)
        {
            var now = EventEProcess.LogEvidence(stages, tolerance);
            Assert.True(now <= last);
            last = now;
        }
    }

    [Fact]
    public void LogEvidence_HarmWithinTolerance_IsNotShown()
    {
        EventStage[] stages = [new(0.1, 90, 5000, 450, 45_000)];

        Assert.True(EventEProcess.LogEvidence(stages, 0) > LogHundred / 2);
        Assert.True(EventEProcess.LogEvidence(stages, 0.01) < 0);
    }

    // One canary request adds the same factors whatever came before: the mean of the next factor under the null decides validity.
    [Theory]
    [InlineData(0.01, 0.002, 0)]
    [InlineData(0.1, 0.3, 0)]
    [InlineData(0.1, 0.01, 0.02)]
    [InlineData(0.5, 0.2, 0.05)]
    [InlineData(0.25, 0.0, 0.4)]
    public void LogEvidence_ExcessAtTheTolerance_WinsNothingOnAverage(double share, double stableRate, double tolerance)
    {
        double After(long canaryEvents, long canary, long stableEvents, long stable) =>
            Math.Exp(EventEProcess.LogEvidence([new(share, canaryEvents, canary, stableEvents, stable)], tolerance));
        var canaryRate = stableRate + tolerance;
        var mean = share * canaryRate * After(1, 1, 0, 0) + share * (1 - canaryRate) * After(0, 1, 0, 0)
            + (1 - share) * stableRate * After(0, 0, 1, 1) + (1 - share) * (1 - stableRate) * After(0, 0, 0, 1);

        Assert.Equal(1, mean, 1e-12);
    }

    [Fact]
    public void Difference_ManyRequests_IsNarrowAndHoldsTheTruth()
    {
        var interval = DifferenceSequence.Of([new(0.1, 200, 10_000, 900, 90_000)], 0.05);

        Assert.Equal(0.01, interval.Estimate!.Value, 1e-12);
        Assert.InRange(interval.Low, 0.003, 0.01);
        Assert.InRange(interval.High, 0.01, 0.02);
    }

    [Fact]
    public void Difference_NothingSeen_SaysNothing()
    {
        var interval = DifferenceSequence.Of([new(0.1, 0, 0, 0, 0)], 0.05);

        Assert.Equal(new Interval(null, -1, 1), interval with { Low = Math.Round(interval.Low, 6), High = Math.Round(interval.High, 6) });
    }

    [Fact]
    public void Difference_AgreesWithTheGuard()
    {
        EventStage[] stages = [new(0.1, 60, 2000, 200, 18_000)];
        var interval = DifferenceSequence.Of(stages, 0.02);

        Assert.True(EventEProcess.LogEvidence(stages, interval.Low - 1e-6) >= LogHundred);
        Assert.True(EventEProcess.LogEvidence(stages, interval.Low + 1e-6) < LogHundred);
    }
}
