namespace Serving.Tests.Drift.Reference;

/// <summary>
/// The e-values of a canary against its baseline when traffic is split at random with a known share: under no difference each
/// event belongs to the canary with that probability.
/// </summary>
internal static class CanaryEvidence
{
    public static double Errors(long canary, long baseline, double share, double[] ratios) => LogMean(Array.ConvertAll(ratios, ratio =>
    {
        var tilted = ratio * share / ((ratio * share) + 1 - share);
        return (canary * Math.Log(tilted / share)) + (baseline * Math.Log((1 - tilted) / (1 - share)));
    }));

    public static double Latency(long[] canary, long[] baseline, double share, double[] law, double[] tilts, double[] tailFactors)
    {
        double below = 0;
        var linear = Array.ConvertAll(law, mass =>
        {
            var u = below + (mass / 2) - 0.5;
            below += mass;
            return Math.Sqrt(12) * u;
        });
        var alternatives = tilts.Select(tilt => law.Zip(linear, (mass, h) => mass * Math.Exp(tilt * h)).ToArray())
            .Concat(tailFactors.Select(factor => law.Select((mass, i) => i == law.Length - 1 ? mass * factor : mass).ToArray()));
        return LogMean([.. alternatives.Select(alternative => One(canary, baseline, share, law, alternative))]);
    }

    private static double One(long[] canary, long[] baseline, double share, double[] law, double[] alternative)
    {
        double total = alternative.Sum(), sum = 0;
        for (var i = 0; i < law.Length; i++)
        {
            var mass = alternative[i] / total;
            var tilted = share * mass / ((share * mass) + ((1 - share) * law[i]));
            sum += (canary[i] * Math.Log(tilted / share)) + (baseline[i] * Math.Log((1 - tilted) / (1 - share)));
        }

        return sum;
    }

    private static double LogMean(double[] logs)
    {
        var largest = logs.Max();
        return largest + Math.Log(logs.Sum(log => Math.Exp(log - largest)) / logs.Length);
    }
}
