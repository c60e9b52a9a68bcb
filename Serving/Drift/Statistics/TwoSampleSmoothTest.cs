namespace Serving.Drift.Statistics;

/// <summary>
/// A shift or a change of scale between two histograms with atoms: the smooth test of order two with scores from the pooled
/// mid-ranks, standardised by their own covariance, since atoms leave them neither centred nor uncorrelated.
/// </summary>
internal static class TwoSampleSmoothTest
{
    /// <summary>Compares two histograms over the same ordered bins; the window's counts are taken times the scale.</summary>
    /// <returns>One or two degrees of freedom; none when all values share one bin.</returns>
    public static Discrepancy Compare(ReadOnlySpan<long> reference, ReadOnlySpan<long> current, double scale = 1)
    {
        double m = Divergence.Total(reference), n = Divergence.Total(current) * scale;
        if (m <= 0 || n <= 0)
            return default;

        // Moments of the scores u and u^2 under the pooled shares, and how far the two samples' means of them lie apart.
        double below = 0, mean1 = 0, mean2 = 0, square11 = 0, square12 = 0, square22 = 0, gap1 = 0, gap2 = 0;
        for (var j = 0; j < reference.Length; j++)
        {
            var c = current[j] * scale;
            var share = (reference[j] + c) / (m + n);
            if (share == 0)
                continue;
            double u = below + (share / 2) - 0.5, u2 = u * u, difference = (c / n) - (reference[j] / m);
            mean1 += share * u;
            mean2 += share * u2;
            square11 += share * u2;
            square12 += share * u2 * u;
            square22 += share * u2 * u2;
            gap1 += difference * u;
            gap2 += difference * u2;
            below += share;
        }

        double variance1 = square11 - (mean1 * mean1), covariance = square12 - (mean1 * mean2), variance2 = square22 - (mean2 * mean2);
        if (variance1 <= 1e-12)
            return default;

        var statistic = gap1 * gap1 / variance1;
        var rest = variance2 - (covariance * covariance / variance1);
        if (rest <= 1e-9 * variance2)
            return new Discrepancy(statistic, 1);

        var restGap = gap2 - (gap1 * covariance / variance1);
        statistic += restGap * restGap / rest;
        return new Discrepancy(statistic, 2);
    }

    /// <summary>The same as a likelihood ratio: how far both samples' mean scores lie from those of the pooled sample.</summary>
    public static Discrepancy CompareByRatio(ReadOnlySpan<long> reference, ReadOnlySpan<long> current, double scale = 1)
    {
        var degrees = Compare(reference, current, scale).Degrees;
        if (degrees == 0)
            return default;

        double m = Divergence.Total(reference), n = Divergence.Total(current) * scale, below = 0;
        Span<double> shares = stackalloc double[reference.Length];
        Span<double> first = stackalloc double[reference.Length];
        Span<double> second = stackalloc double[reference.Length];
        double r1 = 0, r2 = 0, c1 = 0, c2 = 0;
        for (var j = 0; j < reference.Length; j++)
        {
            var c = current[j] * scale;
            shares[j] = (reference[j] + c) / (m + n);
            var u = below + (shares[j] / 2) - 0.5;
            (first[j], second[j]) = (Math.Sqrt(12) * u, Math.Sqrt(5) * ((6 * u * u) - 0.5));
            below += shares[j];
            r1 += reference[j] / m * first[j];
            r2 += reference[j] / m * second[j];
            c1 += c / n * first[j];
            c2 += c / n * second[j];
        }

        var information = (n * Tilt.Information(shares, first, second, c1, c2)) + (m * Tilt.Information(shares, first, second, r1, r2));
        return new Discrepancy(2 * information * ((1 / n) + (1 / m)), degrees);
    }
}
