using System.Numerics;
using System.Runtime.InteropServices;

namespace Serving.Drift.Statistics;

/// <summary>Right-closed bins: <c>(-inf, e1], (e1, e2] .. (ek, +inf)</c> for ascending edges <c>e1 .. ek</c>.</summary>
internal static class Bins
{
    /// <summary>Up to so many edges, comparing with all of them is faster than halving: no comparison waits for another.</summary>
    private const int FewEdges = 128;

    /// <summary>The bin of a value that is not NaN: how many edges lie strictly below it.</summary>
    public static int IndexOf(ReadOnlySpan<double> edges, double value)
    {
        if (edges.Length <= FewEdges)
            return CountBelow(edges, value);

        // Halving without an unpredictable branch: values arrive in no order, so a compare-and-jump would miss half the time.
        var low = 0;
        var length = edges.Length;
        while (length > 0)
        {
            var half = (length + 1) >> 1;
            low += edges[low + half - 1] < value ? half : 0;
            length -= half;
        }

        return low;
    }

    private static int CountBelow(ReadOnlySpan<double> edges, double value)
    {
        var vectors = MemoryMarshal.Cast<double, Vector<double>>(edges);
        var (wanted, below) = (new Vector<double>(value), Vector<long>.Zero);
        foreach (var vector in vectors)
            below -= Vector.LessThan(vector, wanted);
        var count = (int)Vector.Sum(below);
        foreach (var edge in edges[(vectors.Length * Vector<double>.Count)..])
            count += edge < value ? 1 : 0;
        return count;
    }

    /// <summary>Counts finite values into <c>edges.Length + 1</c> bins.</summary>
    public static long[] Count(ReadOnlySpan<double> edges, ReadOnlySpan<double> values)
    {
        var counts = new long[edges.Length + 1];
        foreach (var value in values)
            counts[IndexOf(edges, value)]++;
        return counts;
    }
}
