namespace Serving.Drift.Statistics;

/// <summary>Right-closed bins: <c>(-inf, e1], (e1, e2] .. (ek, +inf)</c> for ascending edges <c>e1 .. ek</c>.</summary>
internal static class Bins
{
    /// <summary>The bin of a value that is not NaN: how many edges lie strictly below it.</summary>
    public static int IndexOf(ReadOnlySpan<double> edges, double value)
    {
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

    /// <summary>Counts finite values into <c>edges.Length + 1</c> bins.</summary>
    public static long[] Count(ReadOnlySpan<double> edges, ReadOnlySpan<double> values)
    {
        var counts = new long[edges.Length + 1];
        foreach (var value in values)
            counts[IndexOf(edges, value)]++;
        return counts;
    }
}
