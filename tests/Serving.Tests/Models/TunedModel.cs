using Serving.Models.Tuning;

namespace Serving.Tests.Models;

/// <summary>
/// A model on a machine, both made up: a run costs something once, something for each row, gains from threads by Amdahl's law, and
/// suffers from neighbours.
/// </summary>
internal sealed class TunedModel
{
    private readonly double once, each, parallel, crowd;

    public TunedModel(Random random)
    {
        (Cores, MaxRows) = (1 << random.Next(0, 5), random.Next(1, 129));
        (once, each) = (Math.Exp(random.NextDouble() * 8) * 1e-6, Math.Exp(random.NextDouble() * 8) * 1e-6);
        (parallel, crowd) = (random.NextDouble(), random.NextDouble() * 0.2);
        Objective = (once + each * random.Next(1, 2 * MaxRows)) * 2;
    }

    public int Cores { get; }

    public int MaxRows { get; }

    public double Objective { get; }

    /// <summary>Who waits for a run and then runs is answered after two.</summary>
    public TrialMeasure Measure(TuningTrial trial)
    {
        var run = (once + each * trial.Rows) * (1 - parallel + parallel / trial.Threads) * (1 + crowd * (trial.Instances - 1));
        return new TrialMeasure(2 * run, trial.Rows * trial.Instances / run);
    }

    /// <summary>The most rows a second that keep the objective, of all powers of two; 0 when none does.</summary>
    public double BestOfTheGrid()
    {
        var best = 0.0;
        for (var threads = 1; threads <= Cores; threads *= 2)
            for (var instances = Cores / threads; instances > 0; instances /= 2)
                foreach (var rows in Enumerable.Range(0, 8).Select(i => Math.Min(1 << i, MaxRows)))
                {
                    var seen = Measure(new TuningTrial(threads, instances, rows));
                    if (seen.LatencySeconds <= Objective) best = Math.Max(best, seen.RowsPerSecond);
                }

        return best;
    }
}
