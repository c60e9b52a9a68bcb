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
            var found = Search(model);

            var best = model.BestOfTheGrid();
            Assert.Equal(best > 0, found.KeepsObjective);
            Assert.True(found.Measure.RowsPerSecond >= 0.9 * best, $"run {run}: {found.Measure.RowsPerSecond} of {best}");
        }
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

    private static TuningResult Search(TunedModel model)
    {
        var search = new TuningSearch(model.Cores, model.MaxRows, model.Objective);
        while (search.Next() is { } trial) search.Learn(model.Measure(trial));
        return search.Best!;
    }

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
