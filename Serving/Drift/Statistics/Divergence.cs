using System.Numerics;
using System.Runtime.InteropServices;

namespace Serving.Drift.Statistics;

/// <summary>Distances between two histograms over the same bins; each takes whole counts and needs at least one in either.</summary>
/// <remarks>
/// They are shown, never tested: what they are worth on quiet data depends on both sample sizes (<see cref="NullPsi"/>).
/// </remarks>
internal static class Divergence
{
    /// <summary>What an empty bin counts as, so that one empty bin does not make the index infinite.</summary>
    public const double EmptyShare = 1e-4;

    /// <summary>Population stability index: sum of (q - p) ln(q / p), an empty share counting as 1e-4, not renormalised.</summary>
    public static double Psi(ReadOnlySpan<long> reference, ReadOnlySpan<long> current)
    {
        double m = Total(reference), n = Total(current), sum = 0;
        for (var i = 0; i < reference.Length; i++)
        {
            var p = reference[i] == 0 ? EmptyShare : reference[i] / m;
            var q = current[i] == 0 ? EmptyShare : current[i] / n;
            sum += (q - p) * Math.Log(q / p);
        }

        return sum;
    }

    /// <summary>The mean of <see cref="Psi"/> when nothing has changed: (bins - 1)(1/n + 1/m).</summary>
    public static double NullPsi(int bins, double referenceCount, double currentCount) =>
        (bins - 1) * ((1 / referenceCount) + (1 / currentCount));

    /// <summary>Jensen-Shannon divergence in bits, 0 to 1; its square root is the distance.</summary>
    public static double JensenShannon(ReadOnlySpan<long> reference, ReadOnlySpan<long> current)
    {
        double m = Total(reference), n = Total(current), left = 0, right = 0;
        for (var i = 0; i < reference.Length; i++)
        {
            double p = reference[i] / m, q = current[i] / n, middle = (p + q) / 2;
            left += p == 0 ? 0 : p * Math.Log(p / middle);
            right += q == 0 ? 0 : q * Math.Log(q / middle);
        }

        return Math.Max(0, (left + right) / 2 / Math.Log(2));
    }

    /// <summary>Jensen-Shannon distance, base 2, 0 to 1.</summary>
    public static double JensenShannonDistance(ReadOnlySpan<long> reference, ReadOnlySpan<long> current) =>
        Math.Sqrt(JensenShannon(reference, current));

    /// <summary>Hellinger distance, 0 to 1.</summary>
    public static double Hellinger(ReadOnlySpan<long> reference, ReadOnlySpan<long> current)
    {
        double m = Total(reference), n = Total(current), sum = 0;
        for (var i = 0; i < reference.Length; i++)
        {
            var difference = Math.Sqrt(reference[i] / m) - Math.Sqrt(current[i] / n);
            sum += difference * difference;
        }

        return Math.Sqrt(sum / 2);
    }

    /// <summary>Largest difference of cumulated shares at the edges: a lower bound of the Kolmogorov-Smirnov D.</summary>
    public static double KolmogorovBound(ReadOnlySpan<long> reference, ReadOnlySpan<long> current)
    {
        double m = Total(reference), n = Total(current), largest = 0;
        long r = 0, c = 0;
        for (var i = 0; i < reference.Length; i++)
        {
            r += reference[i];
            c += current[i];
            largest = Math.Max(largest, Math.Abs((r / m) - (c / n)));
        }

        return largest;
    }

    public static long Total(ReadOnlySpan<long> counts)
    {
        var vectors = MemoryMarshal.Cast<long, Vector<long>>(counts);
        var sum = Vector<long>.Zero;
        foreach (var vector in vectors)
            sum += vector;
        var total = Vector.Sum(sum);
        foreach (var count in counts[(vectors.Length * Vector<long>.Count)..])
            total += count;
        return total;
    }
}
