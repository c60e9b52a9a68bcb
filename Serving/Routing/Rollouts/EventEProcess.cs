namespace Serving.Routing.Rollouts;

/// <summary>
/// Evidence that something harmful (an error, an answer over its time budget) happens to the canary more often than to the
/// stable version, by more than a tolerance. An always-valid sequential test: when the excess is within the tolerance, the
/// evidence ever reaches 1/alpha with probability alpha at most, however often it is looked at.
/// </summary>
/// <remarks>
/// <para>A drawn request goes to the canary with the known probability rho. Weighted by the inverse of that, event minus event,
/// one request's <c>Z = A·Y/rho - (1-A)·Y/(1-rho)</c> has the excess <c>p_canary - p_stable</c> of that moment as its
/// expectation, so a bettor who stakes <c>1 + λ(Z - tolerance)</c> on every request wins nothing on average while the excess
/// stays within the tolerance, however the rates themselves move during the day. With <c>λ = q - rho</c> the stake is
/// <c>q/rho - λ·t</c> at an event of the canary, <c>(1-q)/(1-rho) - λ·t</c> at one of the stable version, <c>1 - λ·t</c>
/// otherwise; at tolerance 0 only the events count, and the product is the conditional binomial likelihood ratio of "an event is
/// the canary's with probability q" against rho. The evidence is a weighted mean over seven ratios k, <c>q = k·rho / (k·rho + 1
/// - rho)</c>.</para>
/// <para>Where a caller is drawn once for all its n requests, only its first event may be counted. Its excess may then reach n·t
/// and its requests count all the same, which wins nothing either: <c>(1 - λ·t)^(n-1) · (1 + λ·t·(n-1))</c> is 1 at most.</para>
/// <para>A pure function of counts: order and batching of the requests within a stage make no difference. When the share
/// changes, the logarithms of each ratio add up over the stages.</para>
/// </remarks>
internal static class EventEProcess
{
    /// <summary>The same weight for every ratio: the form of the reference values.</summary>
    public static readonly double[] EvenWeights = [.. Enumerable.Repeat(1.0 / 7, 7)];

    /// <summary>
    /// The weights that rollouts bet with. A doubling is the smallest harm that a rollout meets with requests enough to show it,
    /// and so decides how long rollouts take; small ratios need more requests than there are, whatever their weight.
    /// </summary>
    public static readonly double[] Weights = [0.04, 0.08, 0.16, 0.26, 0.16, 0.15, 0.15];

    private static readonly double[] Ratios = [1.1, 1.25, 1.5, 2, 3, 5, 10];

    /// <summary>The natural logarithm of the evidence that rollouts go by.</summary>
    /// <param name="stages">The counts, by stage.</param>
    /// <param name="tolerance">The excess that is allowed, as a share of requests, between -1 and 1.</param>
    public static double LogEvidence(ReadOnlySpan<EventStage> stages, double tolerance) => LogEvidence(stages, tolerance, Weights);

    /// <summary>The natural logarithm of the evidence, with any weights of the seven ratios that sum up to 1.</summary>
    public static double LogEvidence(ReadOnlySpan<EventStage> stages, double tolerance, ReadOnlySpan<double> weights)
    {
        Span<double> sums = stackalloc double[Ratios.Length];
        for (var i = 0; i < Ratios.Length; i++)
        {
            foreach (var stage in stages) sums[i] += LogStake(stage, Ratios[i], tolerance);
        }

        return LogMean.Of(sums, weights);
    }

    private static double LogStake(in EventStage stage, double ratio, double tolerance)
    {
        var rho = stage.Share;
        var q = ratio * rho / (ratio * rho + 1 - rho);
        var cost = (q - rho) * tolerance;
        var canary = q / rho - cost;
        var stable = (1 - q) / (1 - rho) - cost;

        // A stake that could end below nothing is not allowed to be placed at all.
        if (stable <= 0 || cost >= 1) return double.NegativeInfinity;
        var none = stage.CanaryRequests - stage.CanaryEvents + stage.StableRequests - stage.StableEvents;
        return stage.CanaryEvents * Math.Log(canary) + stage.StableEvents * Math.Log(stable)
            + (cost == 0 ? 0 : none * Math.Log(1 - cost));
    }
}
