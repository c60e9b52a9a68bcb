namespace Serving.Tests.Drift.Simulation;

/// <summary>
/// The short form of <c>simulate drift</c>: the same simulations of the same machine with fewer runs, and bounds as wide as so few
/// runs need. Seeded, so they pass or fail for good.
/// </summary>
public sealed class DriftSimulationTests
{
    public static TheoryData<string> Laws => ["normal", "lognormal", "atoms", "zeros", "zipf"];

    [Theory]
    [MemberData(nameof(Laws))]
    public void Window_FromTheBaselinesLaw_AlarmsAsOftenAsSaid(string name)
    {
        var law = name switch
        {
            "normal" => Law.Normal,
            "lognormal" => Law.Lognormal,
            "atoms" => Law.Integers,
            "zeros" => Law.ZeroInflated,
            _ => Law.Zipf(20),
        };

        // Nominal 2 %; of 2,000 windows 28 to 52 are within two standard errors, more for so few baselines.
        Assert.InRange(DriftSimulation.FalseAlarms(law, 5_000, 200, 20, 100, 0.02, 1), 0.004, 0.034);
    }

    /// <summary>105 rows, as many as the sample's baseline has, against windows several times as long.</summary>
    [Theory]
    [InlineData("normal")]
    [InlineData("atoms")]
    public void Window_AgainstASmallBaseline_IsQuietAndKnowsWhatItCannotVouchFor(string name)
    {
        var law = name == "normal" ? Law.Normal : Law.Integers;

        Assert.Equal(0, DriftSimulation.FalseAlarms(law, 105, 500, 1_000, 1, 0.001, 12));
        Assert.True(DriftSimulation.FalseAlarms(law, 105, 500, 4_000, 1, 0.01, 12, inFull: true) <= 0.015);
        Assert.True(DriftSimulation.PValues(Law.Mixed(0.43, 2), 105, 500, 200, 1, 13, inFull: true).Count(p => p <= 1e-6) >= 180);
    }

    [Fact]
    public void Window_AutocorrelatedTraffic_StaysQuiet() =>
        Assert.True(DriftSimulation.FalseAlarmsAutocorrelated(0.6, 10_000, 500, 10, 60, 0.001, 2) <= 0.006);

    [Fact]
    public void Looks_QuietTraffic_AreQuiet()
    {
        var quiet = DriftSimulation.QuietRuns(5_000, 100, 30, 3);

        Assert.True(quiet.ByLevel <= 3, $"{quiet.ByLevel} of {quiet.Looks} looks alarmed");
        Assert.Equal(0, quiet.SlowRuns);
    }

    [Theory]
    [InlineData(0.25, 700)]
    [InlineData(0.5, 200)]
    [InlineData(1.0, 100)]
    public void Alert_ShiftedMean_ComesSoon(double shift, double most) =>
        Assert.True(DriftSimulation.Delays(Law.Shifted(shift), 10_000, 8, 30, 4).Average(delay => (double)delay) <= most);

    [Fact]
    public void Window_ChangedScaleOrShape_IsFound()
    {
        Assert.True(DriftSimulation.PValues(Law.Scaled(1.25), 10_000, 500, 60, 20, 5).Count(p => p <= 0.001) >= 54);
        Assert.True(DriftSimulation.PValues(Law.Bimodal, 10_000, 500, 60, 20, 5).Count(p => p <= 0.001) >= 58);
    }

    [Fact]
    public void Evidence_QuietTraffic_NeverReachesAThousand() =>
        Assert.Equal(0, DriftSimulation.EvidenceReached(1000, 5_000, 5_000, 40, true, 7));

    [Fact]
    public void Labels_MoreErrors_AlertWithinTheirMedians()
    {
        Assert.True(Median(LabelSimulation.Stops(0.15, 60, 8)) <= 900);
        Assert.True(Median(LabelSimulation.Stops(0.2, 60, 8)) <= 300);
        Assert.DoesNotContain(LabelSimulation.Stops(0.1, 12, 9), stop => stop < int.MaxValue);
    }

    private static int Median(int[] values) => values.Order().ElementAt(values.Length / 2);
}
