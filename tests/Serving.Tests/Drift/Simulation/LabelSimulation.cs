using Serving.Drift.Quality;

namespace Serving.Tests.Drift.Simulation;

/// <summary>Runs the quality machine's evidence on simulated truths.</summary>
internal static class LabelSimulation
{
    /// <summary>Truths of a run.</summary>
    public const int Truths = 40_000;

    /// <summary>The rate that is not held against the model, in all runs.</summary>
    private const double Allowed = 0.1;

    /// <summary>Truths between looks; later in a run five times as many.</summary>
    private const int Step = 20;

    /// <summary>Truths until the evidence reached 1,000, by run; <see cref="int.MaxValue"/> where it never did.</summary>
    public static int[] Stops(double errorRate, int runs, int seed)
    {
        var stops = new int[runs];
        Parallel.For(0, runs, run =>
        {
            var random = new Random(seed + run);
            var evidence = new LossEvidence(Allowed);
            stops[run] = int.MaxValue;
            for (var truths = 1; truths <= Truths; truths++)
            {
                evidence.Add(random.NextDouble() < errorRate);
                if (truths % (truths < 2_000 ? Step : 5 * Step) != 0 || evidence.LogE() < Math.Log(1000))
                    continue;
                stops[run] = truths;
                break;
            }
        });
        return stops;
    }
}
