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
            // A run costs something once, something for each row, gains from threads by Amdahl's law, and suffers from neighbours.
            var (cores, maxRows) = (1 << random.Next(0, 5), random.Next(1, 129));
            var (once, each, parallel, crowd) = (Math.Exp(random.NextDouble() * 8) * 1e-6, Math.Exp(random.NextDouble() * 8) * 1e-6, random.NextDouble(), random.NextDouble() * 0.2);
            var objective = (once + each * random.Next(1, 2 * maxRows)) * 2;
            double Run(TuningTrial t) => (once + each * t.Rows) * (1 - parallel + parallel / t.Threads) * (1 + crowd * (t.Instances - 1));

            var search = new TuningSearch(cores, maxRows, objective);
            while (search.Next() is { } trial) search.Learn(Run(trial), trial.Rows * trial.Instances / Run(trial));

            var best = 0.0;
            for (var threads = 1; threads <= cores; threads *= 2)
                foreach (var rows in Enumerable.Range(0, 8).Select(i => Math.Min(1 << i, maxRows)))
                {
                    var trial = new TuningTrial(threads, cores / threads, rows);
                    if (2 * Run(trial) <= objective) best = Math.Max(best, trial.Rows * trial.Instances / Run(trial));
                }

            Assert.Equal(best > 0, search.Best!.KeepsObjective);
            Assert.True(search.Best.RowsPerSecond >= 0.9 * best, $"run {run}: {search.Best.RowsPerSecond} of {best}");
        }
    }

    [Fact]
    public void Next_RowsBringNothing_EndsSoon()
    {
        var search = new TuningSearch(cores: 1, maxRows: 1024, objective: 1000);
        var trials = 0;
        while (search.Next() is { } trial)
        {
            search.Learn(trial.Rows, 1);
            trials++;
        }

        Assert.Equal((3, 1), (trials, search.Best!.Trial.Rows));
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
