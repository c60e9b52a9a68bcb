using System.Globalization;
using System.Text;
using Serving.Drift;

namespace Gateway.Pages;

/// <summary>Baseline and window over each other, one bar a bin.</summary>
internal static class HistogramChart
{
    /// <summary>Bars of more bins than this cannot be told apart: the rest shares the last one.</summary>
    private const int MostBars = 40;

    private const int LongestLabel = 14;

    public static void Write(StringBuilder page, FeatureHistogram histogram)
    {
        var bins = histogram.Baseline.Count;
        var bars = Math.Min(MostBars, bins);
        if (bars == 0) return;
        var (baseline, window) = (Shares(histogram.Baseline, bars), Shares(histogram.Window, bars));
        var top = Math.Max(0.02, Math.Max(baseline.Max(), window.Max())) * 1.05;
        var chart = new Chart(page, "Share of rows in each bin, of the baseline and of the window");
        foreach (var part in (double[])[0, 0.5, 1]) chart.Grid(part / 1.05, Percent(part * top / 1.05));
        var step = Chart.Width / bars;
        for (var i = 0; i < bars; i++)
        {
            var label = i == bars - 1 && bins > bars ? Rest(bins - bars + 1) : NameOf(histogram, i);
            chart.Bar("base", (i + 0.06) * step, 0.88 * step, baseline[i] / top, $"{label}: baseline {Percent(baseline[i])}");
            chart.Bar("window", (i + 0.24) * step, 0.52 * step, window[i] / top, $"{label}: window {Percent(window[i])}, baseline {Percent(baseline[i])}");
            if (histogram.Labels.Count > 0) chart.Label((i + 0.5) * step, Shorten(label));
            else if (i < bars - 1) chart.Label((i + 1) * step, Number(histogram.Edges[i]));
        }

        chart.Close([("base", "baseline"), ("window", "window")], histogram.Labels.Count > 0 ? "" : "bins of a tenth of the baseline; below them their edges");
    }

    private static double[] Shares(IReadOnlyList<double> shares, int bars)
    {
        var kept = shares.Take(bars).ToArray();
        kept[^1] = shares.Skip(bars - 1).Sum();
        return kept;
    }

    /// <summary>What a bin holds, in words. An edge right below another cuts that value out by itself.</summary>
    private static string NameOf(FeatureHistogram histogram, int bin)
    {
        if (bin < histogram.Labels.Count) return histogram.Labels[bin].Length == 0 ? "(empty)" : histogram.Labels[bin];
        var edges = histogram.Edges;
        if (edges.Count == 0) return "all";
        if (bin == edges.Count) return $"above {Number(edges[^1])}";
        var isBelow = bin + 1 < edges.Count && edges[bin + 1] == Math.BitIncrement(edges[bin]);
        var until = isBelow ? $"below {Number(edges[bin + 1])}" : $"up to {Number(edges[bin])}";
        if (bin == 0) return until;
        return edges[bin] == Math.BitIncrement(edges[bin - 1]) ? $"exactly {Number(edges[bin])}" : $"above {Number(edges[bin - 1])}, {until}";
    }

    private static string Rest(int bins) => $"{bins} others";

    private static string Number(double value) => value.ToString("g4", CultureInfo.InvariantCulture);

    private static string Percent(double share) => share.ToString(share is > 0 and < 0.0995 ? "0.0%" : "0%", CultureInfo.InvariantCulture);

    private static string Shorten(string text) => text.Length <= LongestLabel ? text : string.Concat(text.AsSpan(0, LongestLabel - 1), "…");
}
