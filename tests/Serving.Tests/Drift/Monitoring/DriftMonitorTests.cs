using Serving.Drift;
using Serving.Drift.Baselines;
using Serving.Drift.Monitoring;
using Serving.Drift.Panes;

namespace Serving.Tests.Drift.Monitoring;

public sealed class DriftMonitorTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static readonly Baseline Baseline = new([
        NumericBuilder.Build("x", Draws.Normal(1, 10_000)),
        NumericBuilder.Build("n", Array.ConvertAll(Draws.Normal(2, 10_000), v => Math.Round(v * 3))),
        CategoricalBuilder.Build("c", Categories(3, 10_000, 0.5))]);

    private static readonly DriftOptions ByCount = new() { Panes = PaneRule.ByCount(500) };

    [Fact]
    public void Advance_QuietTraffic_RaisesNothing()
    {
        var rig = new Rig(Baseline, ByCount, Second);
        Feed(rig, new Random(4), 20_000);

        Assert.Empty(rig.Changes);
        Assert.All(rig.Monitor.Report(0).Windows.SelectMany(w => w.Features), f => Assert.Equal(FeatureState.Ok, f.State));
        Assert.Equal(40, rig.Monitor.Report(0).Windows.Count);
    }

    [Theory]
    [InlineData(0, "x")]
    [InlineData(1, "n")]
    [InlineData(2, "c")]
    public void Advance_OneFeatureShifts_NamesItAloneWithin500Rows(int feature, string name)
    {
        var rig = new Rig(Baseline, ByCount, Second);
        Feed(rig, new Random(5), 5_000);
        Feed(rig, new Random(6), 500, feature);

        Assert.Equal([$"{name} Drift"], rig.Raised);
        var (_, alert) = Assert.Single(rig.Changes);
        Assert.Equal((AlertState.Raised, AlertSeverity.Page), (alert.State, alert.Severity));
        Assert.True(alert.P <= alert.Threshold);
        Assert.Contains(name, alert.Message);
        var window = rig.Monitor.Report(0).Windows[0];
        Assert.Equal(1 / 3.0, window.DriftedShare, 1e-12);
        Assert.Equal(FeatureState.Drifted, window.Features[feature].State);
    }

    [Fact]
    public void Advance_DriftEnds_ClearsAfterThreeQuietWindowsAndStaysSilentForAnHour()
    {
        var rig = new Rig(Baseline, ByCount, Second);
        Feed(rig, new Random(5), 3_000);
        Feed(rig, new Random(6), 1_000, 0);
        Feed(rig, new Random(7), 3_000);

        Assert.Empty(rig.Raised);
        Assert.Equal([AlertState.Raised, AlertState.Cleared], rig.Changes.Select(change => change.Alert.State));
        Assert.Single(rig.Changes.Select(change => change.Alert.Id).Distinct());
        Assert.InRange(rig.Changes[1].Rows, 5_500, 6_500);

        Feed(rig, new Random(8), 1_000, 0);
        Assert.Empty(rig.Raised);
        rig.Wait(TimeSpan.FromHours(1));
        Feed(rig, new Random(9), 500, 0);
        Assert.Equal(["x Drift"], rig.Raised);
        Assert.NotEqual(rig.Changes[0].Alert.Id, rig.Changes[2].Alert.Id);
    }

    [Fact]
    public void Advance_SmallShift_IsATicketFoundByPooling()
    {
        var rig = new Rig(Baseline, ByCount, Second);
        var random = new Random(10);
        while (rig.Changes.Count == 0 && rig.Rows < 20_000)
            rig.Row(Draws.Normal(random) + 0.13, Math.Round(Draws.Normal(random) * 3), random.Next(2) == 0 ? "a" : random.Next(2) == 0 ? "b" : "d");

        var first = rig.Changes.First(change => change.Alert.Feature == "x");
        Assert.Equal(AlertSeverity.Ticket, first.Alert.Severity);
        Assert.InRange(first.Rows, 500, 6_400);
    }

    [Fact]
    public void Report_ChangeThatASmallBaselineCannotVouchFor_IsNotCalledQuiet()
    {
        var small = new Baseline([NumericBuilder.Build("x", Draws.Normal(20, 105)), NumericBuilder.Build("y", Draws.Normal(21, 105))]);
        var rig = new Rig(small, ByCount, TimeSpan.FromMilliseconds(100));
        var random = new Random(22);
        for (var i = 0; i < 500; i++)
            rig.Row(Draws.Normal(random) + (random.NextDouble() < 0.43 ? 2 : 0), Draws.Normal(random));
        var (x, y) = (rig.Monitor.Report(0).Windows[0].Features[0], rig.Monitor.Report(0).Windows[0].Features[1]);

        Assert.DoesNotContain("x Drift", rig.Raised);
        Assert.Equal((FeatureState.Insufficient, FeatureState.Ok), (x.State, y.State));
        Assert.Contains("the baseline has only 105 values", x.Reason);
        for (var i = 0; i < 500; i++)
            rig.Row(Draws.Normal(random) + 2, Draws.Normal(random));
        Assert.Contains("x Drift", rig.Raised);
        Assert.DoesNotContain("y Drift", rig.Raised);
    }

    [Fact]
    public void Report_FeatureThatWasNotTested_SaysWhy()
    {
        var tiny = new Baseline([NumericBuilder.Build("x", Draws.Normal(23, 29))]);
        var rig = new Rig(tiny, ByCount, Second);
        for (var i = 0; i < 600; i++)
            rig.Row(Draws.Normal(i, 1)[0]);
        var few = new Rig(new Baseline([NumericBuilder.Build("x", Draws.Normal(23, 500))]), ByCount, Second);
        for (var i = 0; i < 500; i++)
            few.Row(i % 50 == 0 ? 0.0 : null);

        Assert.Equal([FeatureState.Insufficient, FeatureState.Insufficient], rig.Monitor.Report(0).Windows.Select(window => window.Features[0].State));
        Assert.Contains("its baseline has 29 values", rig.Monitor.Report(0).Windows[1].Features[0].Reason);
        Assert.Contains("10 values were seen, and a test needs 100", few.Monitor.Report(0).Windows[0].Features[0].Reason);
        Assert.DoesNotContain("p", few.Monitor.Report(0).Windows[0].Features[0].Metrics.Keys);
        Assert.Null(Tested().Monitor.Report(0).Windows[0].Features[0].Reason);

        static Rig Tested()
        {
            var rig = new Rig(Baseline, ByCount, Second);
            Feed(rig, new Random(24), 600);
            return rig;
        }
    }

    [Fact]
    public void Advance_DataQuality_RaisesItsOwnKinds()
    {
        var rig = new Rig(Baseline, ByCount, Second);
        var random = new Random(11);
        for (var i = 0; i < 2_000; i++)
        {
            object? x = i % 20 == 0 ? null : i % 20 == 1 ? double.NaN : i % 20 == 2 ? double.PositiveInfinity : Draws.Normal(random);
            rig.Row(x, i % 20 == 3 ? 99.0 : Math.Round(Draws.Normal(random) * 3), i % 20 == 4 ? "new" : i % 2 == 0 ? "a" : "b");
        }

        foreach (var expected in new[] { "x Missing", "x NotANumber", "x Infinite", "n OutOfRange", "c Unseen" })
            Assert.Contains(expected, rig.Raised);
    }

    [Fact]
    public void Advance_EverythingMissing_PagesOnThirtyRows()
    {
        var options = ByCount with { Panes = PaneRule.ByCount(30) };
        var rig = new Rig(Baseline, options, Second);
        for (var i = 0; i < 30; i++)
            rig.Row(null, 0.0, "a");

        Assert.Contains("x Missing", rig.Raised);
        Assert.Equal(AlertSeverity.Page, rig.Changes.First(c => c.Alert.Kind == AlertKind.Missing).Alert.Severity);
    }

    [Fact]
    public void Advance_StuckValue_IsConstant()
    {
        var rig = new Rig(Baseline, ByCount, Second);
        var random = new Random(12);
        for (var i = 0; i < 200; i++)
            rig.Row(0.123, Math.Round(Draws.Normal(random) * 3), random.Next(2) == 0 ? "a" : "b");

        Assert.Contains("x Constant", rig.Raised);
        Assert.DoesNotContain("n Constant", rig.Raised);
    }

    [Fact]
    public void Advance_TooFewRows_IsInsufficientAndSilent()
    {
        var rig = new Rig(Baseline, ByCount with { Panes = PaneRule.ByCount(20) }, Second);
        for (var i = 0; i < 20; i++)
            rig.Row(8.0, 40.0, "b");

        Assert.Empty(rig.Raised);
        Assert.All(rig.Monitor.Report(0).Windows[0].Features, f => Assert.Equal(FeatureState.Insufficient, f.State));
    }

    [Fact]
    public void Advance_SeverityRises_IsTheSameAlert()
    {
        var rig = new Rig(Baseline, ByCount, Second);
        var random = new Random(13);
        while (rig.Changes.Count == 0 && rig.Rows < 20_000)
            rig.Row(Draws.Normal(random) + 0.13, Math.Round(Draws.Normal(random) * 3), random.Next(2) == 0 ? "a" : random.Next(2) == 0 ? "b" : "d");
        for (var i = 0; i < 500; i++)
            rig.Row(Draws.Normal(random) + 1, Math.Round(Draws.Normal(random) * 3), random.Next(2) == 0 ? "a" : random.Next(2) == 0 ? "b" : "d");

        Assert.Equal([AlertSeverity.Ticket, AlertSeverity.Page], rig.Changes.Select(change => change.Alert.Severity));
        Assert.Single(rig.Changes.Select(change => change.Alert.Id).Distinct());
    }

    [Fact]
    public void Offer_AnotherVersionOrBaseline_IsRefused()
    {
        var monitor = new DriftMonitor("m", "1", Baseline, ByCount);
        var other = new Baseline([NumericBuilder.Build("x", Draws.Normal(9, 500))]);

        Assert.False(monitor.Offer(Share(Baseline, "2")));
        Assert.False(monitor.Offer(Share(other, "1")));
        Assert.True(monitor.Offer(Share(Baseline, "1")));
    }

    [Fact]
    public void Restore_SavedState_GoesOnAsIfNothingHadHappened()
    {
        var (kept, restarted) = (new Rig(Baseline, ByCount, Second), new Rig(Baseline, ByCount, Second));
        foreach (var rig in new[] { kept, restarted })
        {
            Feed(rig, new Random(14), 3_040);
            Feed(rig, new Random(15), 1_010, 1);
        }

        restarted.Monitor = DriftMonitor.Restore("m", "1", Baseline, ByCount, restarted.Monitor.Save()).Value;
        foreach (var rig in new[] { kept, restarted })
            Feed(rig, new Random(16), 4_000);

        Assert.Equal(kept.Monitor.Save(), restarted.Monitor.Save());
        Assert.Equal(kept.Changes, restarted.Changes);
        Assert.NotEmpty(kept.Changes);
        Assert.Equal("invalid", DriftMonitor.Restore("m", "2", Baseline, ByCount, kept.Monitor.Save()).IsSuccess ? "valid" : "invalid");
        Assert.False(DriftMonitor.Restore("m", "1", Baseline, ByCount, kept.Monitor.Save().AsSpan(0, 900)).IsSuccess);
    }

    [Fact]
    public void Report_OpenWindow_LeadsAndCountsWhatHasCome()
    {
        var rig = new Rig(Baseline, ByCount, Second);
        Feed(rig, new Random(17), 730);
        var report = rig.Monitor.Report(3);

        Assert.Equal([true, false], report.Windows.Select(window => window.Open));
        Assert.Equal([200, 500], report.Windows.Select(window => window.Count));
        Assert.Equal(3, report.Dropped);
        Assert.False(report.Baseline!.Provisional);
        Assert.Single(rig.Monitor.Report(0, 0).Windows);
    }

    [Fact]
    public void Options_OutOfBounds_AreAllNamed()
    {
        Assert.Empty(new DriftOptions().Faults());
        var faults = string.Join(' ', new DriftOptions { FalseAlerts = 0, LeastCount = 3, ClearAfter = 99, EValue = 1 }.Faults());
        foreach (var name in new[] { "'false_alerts'", "'least_count'", "'clear_after'", "'e_value'" })
            Assert.Contains(name, faults);
    }

    [Fact]
    public void LevelOf_SpansOfAMonth_AddUpToTheBudget()
    {
        var options = new DriftOptions { FalseAlerts = 2 };

        Assert.Equal(2, options.LevelOf(TimeSpan.FromMinutes(1), 50) * 50 * 43_200, 1e-9);
        Assert.Equal(2, options.LevelOf(TimeSpan.FromMinutes(5), 7) * 7 * 8_640, 1e-9);
        Assert.True(options.LevelOf(TimeSpan.Zero, 50) > 0);
        Assert.Equal(0.001, options.LevelOf(TimeSpan.FromDays(29), 1));
    }

    private static PaneSummary Share(Baseline baseline, string version)
    {
        var accumulator = new WindowAccumulator(baseline, PaneRule.Default, version, "n", 0);
        accumulator.Begin(Rig.Noon);
        return accumulator.Cut(Rig.Noon);
    }

    /// <summary>Rows as the baseline's, but for one feature that shifts by one deviation or changes its shares.</summary>
    private static void Feed(Rig rig, Random random, int rows, int shifted = -1)
    {
        for (var i = 0; i < rows; i++)
        {
            rig.Row(
                Draws.Normal(random) + (shifted == 0 ? 1 : 0),
                Math.Round(Draws.Normal(random) * 3) + (shifted == 1 ? 3 : 0),
                random.NextDouble() < (shifted == 2 ? 0.85 : 0.5) ? "a" : random.NextDouble() < 0.5 ? "b" : "d");
        }
    }

    private static string[] Categories(int seed, int count, double share)
    {
        var random = new Random(seed);
        var values = new string[count];
        for (var i = 0; i < count; i++)
            values[i] = random.NextDouble() < share ? "a" : random.NextDouble() < 0.5 ? "b" : "d";
        return values;
    }
}
