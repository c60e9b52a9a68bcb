using MathNet.Numerics;

namespace Serving.Drift.Statistics;

/// <summary>
/// Has the share of something (missing values, unseen categories, values out of range) grown? Fisher's exact test, one-sided:
/// the exact binomial test with the baseline's sampling error included, so it holds its level for any counts, zero included.
/// </summary>
internal static class ExactShareTest
{
    /// <summary>P(at least this many in the window), given the baseline and both totals, if the share has not grown.</summary>
    public static double Growth(long referenceHits, long referenceCount, long currentHits, long currentCount)
    {
        if (currentHits <= 0 || currentCount <= 0)
            return 1;
        if (currentHits * (double)(referenceCount + currentCount) <= (referenceHits + currentHits) * (double)currentCount)
            return 1; // not even above its expectation

        // Hypergeometric: hits drawn from both samples together. Above the mean the terms fall, so the sum is short.
        var hits = referenceHits + currentHits;
        var last = Math.Min(hits, currentCount);
        var term = Math.Exp(LogChoose(currentCount, currentHits) + LogChoose(referenceCount, referenceHits)
            - LogChoose(currentCount + referenceCount, hits));
        var sum = term;
        for (var k = currentHits; k < last && term > sum * 1e-17; k++)
        {
            term *= (currentCount - k) / (k + 1.0) * (hits - k) / (referenceCount - hits + k + 1.0);
            sum += term;
        }

        return Math.Min(1, sum);
    }

    private static double LogChoose(double n, double k) =>
        SpecialFunctions.GammaLn(n + 1) - SpecialFunctions.GammaLn(k + 1) - SpecialFunctions.GammaLn(n - k + 1);
}
