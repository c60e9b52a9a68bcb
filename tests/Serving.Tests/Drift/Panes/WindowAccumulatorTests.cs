using System.Text;
using Serving.Drift.Baselines;
using Serving.Drift.Panes;

namespace Serving.Tests.Drift.Panes;

public sealed class WindowAccumulatorTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly Baseline Baseline = new([
        NumericBuilder.Build("x", Draws.Normal(1, 1_000)),
        CategoricalBuilder.Build("c", ["setosa", "setosa", "virginica", "ä long name of a category", ""])]);

    [Fact]
    public void Add_ValuesOfAllKinds_AreCountedApart()
    {
        var accumulator = Accumulator(PaneRule.Default);
        foreach (var value in new[] { 0.5, -0.5, double.NaN, double.NegativeInfinity, 1e300 })
        {
            accumulator.Begin(Noon);
            accumulator.Add(0, value);
            accumulator.AddCategory(1, Encoding.UTF8.GetBytes(value > 0 ? "ä long name of a category" : "unheard of"));
        }

        accumulator.Begin(Noon);
        accumulator.AddMissing(0);
        accumulator.AddCategory(1, []);

        var pane = accumulator.Cut(Noon);
        var (x, c) = (pane.Features[0], pane.Features[1]);
        Assert.Equal((6, 3, 1, 1, 1), (pane.Count, x.Binned, x.Missing, x.NaN, x.Infinite));
        Assert.Equal((-0.5, 1e300), (x.Minimum, x.Maximum));
        var categories = ((CategoricalBaseline)Baseline.Features[1]).Categories;
        Assert.Equal(2, c.Bins()[Array.IndexOf(categories, "ä long name of a category")]);
        Assert.Equal(1, c.Bins()[Array.IndexOf(categories, "")]);
        Assert.Equal(3, c.Bins()[^1]);
    }

    [Fact]
    public void Add_Values_KeepTheirMomentsExactly()
    {
        var accumulator = Accumulator(PaneRule.Default);
        var values = Draws.Normal(2, 5_000, 0.3, 2);
        foreach (var value in values)
        {
            accumulator.Begin(Noon);
            accumulator.Add(0, value);
            accumulator.AddMissing(1);
        }

        var bins = ((NumericBaseline)Baseline.Features[0]).Bins;
        var (mean, deviation) = accumulator.Cut(Noon).Features[0].Moments(bins.Center, bins.Unit);
        Assert.Equal(values.Average(), mean, 1e-6);
        Assert.Equal(Math.Sqrt(values.Average(v => v * v) - (values.Average() * values.Average())), deviation, 1e-6);
    }

    [Fact]
    public void Cut_OnAGrid_StartsAndEndsOnIt()
    {
        var accumulator = Accumulator(PaneRule.Default);
        Row(accumulator, Noon.AddSeconds(61));

        Assert.False(accumulator.IsDue(Noon.AddSeconds(119)));
        Assert.True(accumulator.IsDue(Noon.AddSeconds(120)));
        var pane = accumulator.Cut(Noon.AddSeconds(125));
        Assert.Equal((Noon.AddMinutes(1), Noon.AddMinutes(2)), (pane.Key.Start, pane.End));
        Assert.False(accumulator.IsDue(Noon.AddHours(1)));
    }

    [Fact]
    public void Cut_ByCount_HoldsExactlyThatMany()
    {
        var accumulator = Accumulator(PaneRule.ByCount(500));
        for (var i = 0; i < 100; i++)
        {
            Assert.False(accumulator.IsDue(Noon));
            Row(accumulator, Noon);
        }

        Assert.True(accumulator.IsDue(Noon));
        Assert.Equal(100, accumulator.Cut(Noon).Count);
    }

    [Theory]
    [InlineData(500, 5, 100)]
    [InlineData(7, 1, 7)]
    [InlineData(64, 4, 16)]
    public void ByCount_AnyNumber_SplitsIntoEqualPanes(int rows, int panes, int rowsPerPane) =>
        Assert.Equal((panes, rowsPerPane), (PaneRule.ByCount(rows).PanesPerWindow, PaneRule.ByCount(rows).LeastCount));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Cut_ClockStandsStillOrStepsBack_NeverRepeatsAKey(bool byCount)
    {
        var accumulator = Accumulator(byCount ? PaneRule.ByCount(1) : PaneRule.Default);
        var keys = new HashSet<PaneKey>();
        foreach (var seconds in new[] { 0, 0, -90, -90, 3_600 })
        {
            Row(accumulator, Noon.AddSeconds(seconds));
            Assert.True(keys.Add(accumulator.Cut(Noon.AddSeconds(seconds)).Key));
        }
    }

    [Fact]
    public void Snapshot_OpenPane_IsACopyThatIsNotSealed()
    {
        var accumulator = Accumulator(PaneRule.ByCount(10));
        Assert.Null(accumulator.Snapshot(Noon));
        Row(accumulator, Noon);
        var snapshot = accumulator.Snapshot(Noon)!;
        Row(accumulator, Noon);

        Assert.Equal((1, false), (snapshot.Count, snapshot.Sealed));
        Assert.Equal(1, snapshot.Features[0].Rows);
        Assert.Equal(snapshot.Key, accumulator.Cut(Noon).Key);
    }

    [Fact]
    public void Summary_WrittenAndRead_IsTheSame()
    {
        var accumulator = Accumulator(PaneRule.Default);
        Row(accumulator, Noon);
        var pane = accumulator.Cut(Noon);
        var bytes = pane.Write();
        var state = new StateReader(bytes);

        Assert.Equal(bytes, PaneSummary.Read(ref state).Write());
        Assert.True(state.AtEnd);
        Assert.Throws<FormatException>(() =>
        {
            var cut = new StateReader(bytes.AsSpan(0, bytes.Length - 1));
            PaneSummary.Read(ref cut);
        });
    }

    [Fact]
    public void Add_AfterTheFirstRow_AllocatesNothing()
    {
        var accumulator = Accumulator(PaneRule.Default);
        Row(accumulator, Noon);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            accumulator.Begin(Noon);
            accumulator.Add(0, i * 0.001);
            accumulator.AddCategory(1, "virginica"u8);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static WindowAccumulator Accumulator(PaneRule rule) => new(Baseline, rule, "1", "node", 7);

    private static void Row(WindowAccumulator accumulator, DateTimeOffset now)
    {
        accumulator.Begin(now);
        accumulator.Add(0, 0.25);
        accumulator.AddCategory(1, "setosa"u8);
    }
}
