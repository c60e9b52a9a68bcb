using MathNet.Numerics.Distributions;

namespace Serving.Routing.Rollouts;

/// <summary>Traffic made up with a seed.</summary>
internal static class Simulated
{
    /// <summary>One report over requests that are drawn for an arm, fail and take log-normal times by chance.</summary>
    public static RolloutReport Report(
        Random random, long sequence, long epoch, double share, int requests, double stableRate, double canaryRate)
    {
        var counts = new long[2, 2];
        LatencyHistogram[] latencies = [new(), new()];
        for (var i = 0; i < requests; i++)
        {
            var arm = random.NextDouble() < share ? 1 : 0;
            counts[arm, 0]++;
            if (random.NextDouble() < (arm == 1 ? canaryRate : stableRate)) counts[arm, 1]++;
            else latencies[arm].Add(TimeSpan.FromMilliseconds(LogNormal.Sample(random, 3, 0.6)));
        }

        ArmReport Arm(int arm) => new(counts[arm, 0], counts[arm, 1], 0, latencies[arm].ToCounts());
        return new RolloutReport("a", sequence, [new(epoch, Arm(0), Arm(1))]);
    }
}
