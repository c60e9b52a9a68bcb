namespace Serving.Routing.Rollouts;

/// <summary>The short form of the simulation; the long one is a verb of the benchmarks, see docs/rollout.md.</summary>
public sealed class RolloutSimulationTests
{
    public static TheoryData<string> Harmless => [.. RolloutTruths.Harmless.Select(row => row.Simulation.Truth)];

    public static TheoryData<string> Harmful => [.. RolloutTruths.Harmful.Select(row => row.Simulation.Truth)];

    [Theory]
    [MemberData(nameof(Harmless))]
    public void Run_HarmlessVersion_IsHardlyEverRolledBack(string truth)
    {
        var row = RolloutTruths.Harmless.Single(row => row.Simulation.Truth == truth);
        var result = SimulationResult.Of(row.Simulation with { Requests = 20_000 }, runs: 100, firstSeed: 1);

        Assert.True(result.Interval.Low <= row.Simulation.Alpha, $"{result.StoppedAfter.Count} of {result.Runs} went back");
    }

    [Theory]
    [MemberData(nameof(Harmful))]
    public void Run_HarmfulVersion_IsFoundInTime(string truth)
    {
        var row = RolloutTruths.Harmful.Single(row => row.Simulation.Truth == truth);
        var result = SimulationResult.Of(row.Simulation, runs: 60, firstSeed: 1);

        Assert.True(result.Interval.High >= row.MinFound, $"{result.StoppedAfter.Count} of {result.Runs} went back");
        Assert.InRange(result.Median, 1, row.MaxMedian!.Value * 1.25);
    }

    [Fact]
    public void Run_SameSeed_IsTheSameRun()
    {
        var simulation = RolloutTruths.Harmful[0].Simulation;

        Assert.Equal(simulation.Run(7), simulation.Run(7));
    }
}
