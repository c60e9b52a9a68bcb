using Serving.Drift.Laws;
using Serving.Drift.Statistics;

namespace Serving.Drift.Baselines;

/// <summary>Counts of a baseline's consecutive blocks of rows, from which its dispersion is estimated.</summary>
internal sealed class BlockCounts(int blocks, int bins, long rows)
{
    private readonly long[] counts = new long[blocks * bins];
    private long row;

    /// <summary>The next row has a value, in this bin.</summary>
    public void Add(int bin) => counts[(Math.Min(row++ * blocks / rows, blocks - 1) * bins) + bin]++;

    /// <summary>The next row has this category; null for none.</summary>
    public void Add(CategoricalBaseline baseline, string? value)
    {
        if (value is null)
            Skip();
        else
            Add(baseline.BinOf(value));
    }

    /// <summary>The next row has none.</summary>
    public void Skip() => row++;

    /// <summary>Null when too few blocks hold enough values.</summary>
    public Dispersion? Disperse(FeatureBaseline baseline)
    {
        double shape = 0, smooth = 0;
        int used = 0, ordered = 0;
        for (var block = 0; block < blocks; block++)
        {
            var window = counts.AsSpan(block * bins, bins);
            var n = Divergence.Total(window);
            if (n < Dispersion.LeastLength)
                continue;

            // The block is part of the baseline, so its difference from the whole varies less than a stranger's would.
            var unit = (1.0 / n) - (1.0 / baseline.Binned);
            shape += Ratio(baseline.Law.Shape(window, 1), unit);
            used++;
            var difference = baseline.Law.Smooth(window, 1);
            if (difference.Degrees == 0)
                continue;
            smooth += Ratio(difference, unit);
            ordered++;
        }

        return used < Dispersion.LeastBlocks
            ? null
            : new Dispersion(used, Math.Max(1, shape / used), ordered == 0 ? 1 : Math.Max(1, smooth / ordered));
    }

    private static double Ratio(Discrepancy discrepancy, double unit) =>
        discrepancy.Degrees == 0 ? 1 : discrepancy.Value / unit / discrepancy.Degrees;
}
