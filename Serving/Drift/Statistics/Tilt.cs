using System.Runtime.Intrinsics;

namespace Serving.Drift.Statistics;

/// <summary>
/// How unlikely it is that the mean of two scores over many draws comes out as it did: the Kullback-Leibler distance to the
/// nearest law that has this mean, found by tilting the law exponentially. Near the law's own mean it is half the squared
/// distance in standard deviations; far from it, it is right where that is not.
/// </summary>
internal static class Tilt
{
    private const int MostSteps = 25;

    /// <summary>Longest step, in units of the exponent; the largest scores are about two.</summary>
    private const double LongestStep = 1;

    /// <param name="shares">The law, positive or zero, adding up to one.</param>
    /// <param name="first">The first score of each bin.</param>
    /// <param name="second">The second score of each bin.</param>
    /// <param name="mean1">The mean of the first that was seen.</param>
    /// <param name="mean2">The mean of the second that was seen.</param>
    /// <returns>Nats per draw. Whenever the search stops it is a lower bound, so a test by it errs on the quiet side.</returns>
    public static double Information(
        ReadOnlySpan<double> shares, ReadOnlySpan<double> first, ReadOnlySpan<double> second, double mean1, double mean2)
    {
        double tilt1 = 0, tilt2 = 0, best = 0;
        for (var step = 0; step < MostSteps; step++)
        {
            var (sum, m1, m2, s11, s12, s22) = Moments(shares, first, second, tilt1, tilt2);
            (m1, m2) = (m1 / sum, m2 / sum);
            (s11, s12, s22) = ((s11 / sum) - (m1 * m1), (s12 / sum) - (m1 * m2), (s22 / sum) - (m2 * m2));
            var value = (tilt1 * mean1) + (tilt2 * mean2) - Math.Log(sum);
            var gained = value - best;
            best = Math.Max(best, value);
            if (!double.IsFinite(value) || (step > 1 && gained < 1e-9 * best))
                break;

            double gap1 = mean1 - m1, gap2 = mean2 - m2, determinant = (s11 * s22) - (s12 * s12);
            var (by1, by2) = determinant > 1e-9 * s11 * s22
                ? (((s22 * gap1) - (s12 * gap2)) / determinant, ((s11 * gap2) - (s12 * gap1)) / determinant)
                : (s11 > 0 ? gap1 / s11 : 0, 0.0);
            var length = Math.Sqrt((by1 * by1) + (by2 * by2));
            var shrink = length > LongestStep ? LongestStep / length : 1;
            tilt1 += by1 * shrink;
            tilt2 += by2 * shrink;
        }

        return best;
    }

    /// <summary>The tilted law's mass and its scores' moments, not yet divided by the mass.</summary>
    private static (double Sum, double M1, double M2, double S11, double S12, double S22) Moments(
        ReadOnlySpan<double> shares, ReadOnlySpan<double> first, ReadOnlySpan<double> second, double tilt1, double tilt2)
    {
        var zero = Vector256<double>.Zero;
        var (sum, m1, m2, s11, s12, s22) = (zero, zero, zero, zero, zero, zero);
        for (var j = 0; j < shares.Length; j += Vector256<double>.Count)
        {
            var (share, a, b) = (Next(shares, j), Next(first, j), Next(second, j));
            var w = share * Vector256.Exp((a * tilt1) + (b * tilt2));
            var (wa, wb) = (w * a, w * b);
            sum += w;
            m1 += wa;
            m2 += wb;
            s11 += wa * a;
            s12 += wa * b;
            s22 += wb * b;
        }

        return (Vector256.Sum(sum), Vector256.Sum(m1), Vector256.Sum(m2), Vector256.Sum(s11), Vector256.Sum(s12), Vector256.Sum(s22));
    }

    /// <summary>Four from this place on, zeros behind the last.</summary>
    private static Vector256<double> Next(ReadOnlySpan<double> values, int place)
    {
        values = values[place..];
        if (values.Length >= Vector256<double>.Count)
            return Vector256.Create(values);
        Span<double> rest = stackalloc double[Vector256<double>.Count];
        rest.Clear();
        values.CopyTo(rest);
        return Vector256.Create<double>(rest);
    }
}
