using MathNet.Numerics;

namespace Serving.Routing.Rollouts;

/// <summary>
/// A confidence sequence for a quantile of latencies, from their histogram: the bucket bounds x at which "the share of latencies
/// up to x is the quantile's" is not rejected by a beta-binomial mixture. It holds at all times at once.
/// </summary>
internal static class QuantileSequence
{
    /// <summary>
    /// How firmly the mixture sits around the quantile's share: as after so many latencies, the order at which a step ends.
    /// </summary>
    private const double PriorWeight = 100;

    /// <param name="latencies">The counts.</param>
    /// <param name="share">The quantile, between 0 and 1, ends left out.</param>
    /// <param name="alpha">The probability that the sequence ever leaves the truth out.</param>
    /// <returns>Milliseconds: the middle of the quantile's bucket, and the bounds.</returns>
    public static Interval OfMs(LatencyHistogram latencies, double share, double alpha)
    {
        // Each side has half of alpha: with several latencies of one length, the share up to the quantile and the share below it
        // differ.
        var threshold = Math.Log(2 / alpha);
        var (low, high) = (0, LatencyBuckets.Count);
        var upTo = 0L;
        var rejected = LogEvidence(0, latencies.Total, share) >= threshold;
        for (var bucket = 0; bucket < LatencyBuckets.Count; bucket++)
        {
            upTo += latencies.Counts[bucket];
            if (latencies.Counts[bucket] > 0) rejected = LogEvidence(upTo, latencies.Total, share) >= threshold;
            if (!rejected) continue;
            if (upTo < share * latencies.Total) low = bucket + 1;
            else high = Math.Min(high, bucket + 1);
        }

        return new Interval(latencies.QuantileMs(share), LatencyBuckets.StartMs(low), LatencyBuckets.StartMs(high));
    }

    private static double LogEvidence(long hits, long total, double share)
    {
        var (a, b) = (PriorWeight * share, PriorWeight * (1 - share));
        return SpecialFunctions.GammaLn(hits + a) + SpecialFunctions.GammaLn(total - hits + b) - SpecialFunctions.GammaLn(total + a + b)
            - SpecialFunctions.GammaLn(a) - SpecialFunctions.GammaLn(b) + SpecialFunctions.GammaLn(a + b)
            - hits * Math.Log(share) - (total - hits) * Math.Log(1 - share);
    }
}
