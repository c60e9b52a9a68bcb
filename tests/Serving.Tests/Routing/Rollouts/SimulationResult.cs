using MathNet.Numerics.Distributions;

namespace Serving.Routing.Rollouts;

/// <summary>What many runs of one <see cref="RolloutSimulation"/> came to.</summary>
internal sealed record SimulationResult(RolloutSimulation Simulation, int Runs, IReadOnlyList<int> StoppedAfter)
{
    /// <summary>The share of runs that went back.</summary>
    public double Share => (double)StoppedAfter.Count / Runs;

    /// <summary>Requests of both arms to the stop, for half of all runs; int.MaxValue when fewer than half stopped.</summary>
    public int Median
    {
        get
        {
            var rank = (Runs + 1) / 2;
            return StoppedAfter.Count < rank ? int.MaxValue : StoppedAfter.Order().ElementAt(rank - 1);
        }
    }

    /// <summary>The exact (Clopper-Pearson) 95 % interval of the share.</summary>
    public (double Low, double High) Interval
    {
        get
        {
            var (stopped, rest) = (StoppedAfter.Count, Runs - StoppedAfter.Count);
            return (stopped == 0 ? 0 : Beta.InvCDF(stopped, rest + 1, 0.025), rest == 0 ? 1 : Beta.InvCDF(stopped + 1, rest, 0.975));
        }
    }

    /// <summary>Runs a simulation with seeds counted from one, so that the runs of one row are those of any other.</summary>
    public static SimulationResult Of(RolloutSimulation simulation, int runs, int firstSeed)
    {
        var stopped = new int?[runs];
        Parallel.For(0, runs, i => stopped[i] = simulation.Run(firstSeed + i));
        return new SimulationResult(simulation, runs, [.. stopped.OfType<int>()]);
    }
}
