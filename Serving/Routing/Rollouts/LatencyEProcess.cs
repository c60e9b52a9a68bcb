namespace Serving.Routing.Rollouts;

/// <summary>
/// Evidence that the canary's latencies are longer. As in <see cref="EventEProcess"/>, the draws are the only thing assumed: when
/// both versions are equally fast, a request of any latency is the canary's with the known probability, whatever the latencies
/// are and however they move during the day. Ten ways to be slower are bet on, five that shift the whole law (its bins tilted by
/// <c>exp(θ·h)</c>, <c>h</c> the bin's place in the law, scaled to variance 1) and five that make only the last bin, above the
/// 99 % quantile, more likely; the evidence is their mean. Pure, exact in any order, and additive over stages.
/// </summary>
internal static class LatencyEProcess
{
    private static readonly double[] Tilts = [0.05, 0.1, 0.2, 0.4, 0.8];
    private static readonly double[] TailFactors = [1.25, 1.5, 2, 3, 5];
    private static readonly double[] Weights = [.. Enumerable.Repeat(0.1, 10)];

    /// <summary>The natural logarithm of the evidence.</summary>
    /// <param name="shares">The usual share of each bin; at most <see cref="LatencyLaw.MaxBins"/>.</param>
    /// <param name="stages">The counts, by stage.</param>
    public static double LogEvidence(IReadOnlyList<double> shares, ReadOnlySpan<LatencyStage> stages)
    {
        Span<double> sums = stackalloc double[Weights.Length];
        Span<double> ratios = stackalloc double[shares.Count];
        for (var i = 0; i < sums.Length; i++)
        {
            FillRatios(shares, i, ratios);
            foreach (var stage in stages) sums[i] += LogRatio(stage, ratios);
        }

        return LogMean.Of(sums, Weights);
    }

    /// <summary>How much likelier each bin is under one of the ten alternatives than usual.</summary>
    private static void FillRatios(IReadOnlyList<double> shares, int alternative, Span<double> ratios)
    {
        var (below, sum) = (0.0, 0.0);
        for (var bin = 0; bin < ratios.Length; bin++)
        {
            var place = Math.Sqrt(12) * (below + shares[bin] / 2 - 0.5);
            ratios[bin] = alternative < Tilts.Length ? Math.Exp(Tilts[alternative] * place)
                : bin == ratios.Length - 1 ? TailFactors[alternative - Tilts.Length]
                : 1;
            below += shares[bin];
            sum += shares[bin] * ratios[bin];
        }

        foreach (ref var ratio in ratios) ratio /= sum;
    }

    private static double LogRatio(in LatencyStage stage, ReadOnlySpan<double> ratios)
    {
        var (rho, sum) = (stage.Share, 0.0);
        for (var bin = 0; bin < ratios.Length; bin++)
        {
            // log(q/rho) and log((1-q)/(1-rho)) for q = k·rho / (k·rho + 1 - rho) are log k and 0, both less this:
            var mixed = Math.Log(ratios[bin] * rho + 1 - rho);
            sum += stage.Canary[bin] * (Math.Log(ratios[bin]) - mixed) - stage.Stable[bin] * mixed;
        }

        return sum;
    }
}
