using Serving.Models.Tuning;

namespace Serving.Tests.Models;

public sealed class TuningSearchTests
{
    [Fact]
    public void Best_RandomModelsAndMachines_IsWithinATenthOfTheGrid()
    {
        var random = new Random(7);
        for (var run = 0; run < 2_000; run++)
        {
            var model = new TunedModel(random);
            var found = Search(model, model.Measure);

            var best = model.BestOfTheGrid();
            Assert.Equal(best > 0, found.KeepsObjective);
            Assert.True(found.Measure.RowsPerSecond >= 0.9 * best, $"run {run}: {found.Measure.RowsPerSecond} of {best}");
        }
    }

    [Fact]
    public void Best_OtherWorkSlowsTrialsDown_IsMostlyWithinATenthOfTheGrid()
    {
        var random = new Random(11);
        var (near, keeping) = (0, 0);
        const int Runs = 1_000;
        for (var run = 0; run < Runs; run++)
        {
            // A few per cent up and down, and every fifth trial up to half as fast: what a neighbour does who takes a core now and then.
            var model = new TunedModel(random);
            var found = Search(model, trial => Slowed(model.Measure(trial), 0.95 + random.NextDouble() * 0.1 + (random.Next(5) == 0 ? random.NextDouble() : 0)));

            var real = model.Measure(found.Trial);
            if (real.RowsPerSecond >= 0.9 * model.BestOfTheGrid(share: 0.95)) near++;
            if (real.LatencySeconds <= 1.05 * model.Objective || model.BestOfTheGrid() == 0) keeping++;
        }

        Assert.True(near >= 0.95 * Runs && keeping >= 0.98 * Runs, $"{near} near the best and {keeping} keeping the objective, of {Runs}");
    }

    [Fact]
    public void Next_RowsBringNothing_EndsSoon()
    {
        var search = new TuningSearch(cores: 1, maxRows: 1024, objective: 1000);
        var trials = 0;
        var largest = 0;
        while (search.Next() is { } trial)
        {
            search.Learn(new TrialMeasure(trial.Rows, 1));
            largest = Math.Max(largest, trial.Rows);
            trials++;
        }

        Assert.InRange(trials, 4, 40);
        Assert.Equal((8, 1), (largest, search.Best!.Trial.Rows));
    }

    private static TuningResult Search(TunedModel model, Func<TuningTrial, TrialMeasure> measure)
    {
        var search = new TuningSearch(model.Cores, model.MaxRows, model.Objective);
        while (search.Next() is { } trial) search.Learn(measure(trial));
        return search.Best!;
    }

    private static TrialMeasure Slowed(TrialMeasure measure, double by) => new(measure.LatencySeconds * by, measure.RowsPerSecond / by);

    [Theory]
    [InlineData("\"auto\"", 50)]
    [InlineData("{\"latency_ms\": 7.5}", 7.5)]
    public void Goal_Written_IsRead(string json, double milliseconds) =>
        Assert.Equal(milliseconds, TuningGoal.Read(System.Text.Json.JsonDocument.Parse(json).RootElement).Value.Latency.TotalMilliseconds);

    [Theory]
    [InlineData("\"on\"")]
    [InlineData("{}")]
    [InlineData("{\"latency_ms\": 0}")]
    [InlineData("{\"latency_ms\": 5, \"more\": 1}")]
    [InlineData("true")]
    public void Goal_AnythingElse_IsRefused(string json) =>
        Assert.Contains("'serving.tuning' must be", TuningGoal.Read(System.Text.Json.JsonDocument.Parse(json).RootElement).Error!.Message);
}
