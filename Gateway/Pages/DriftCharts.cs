using System.Globalization;
using System.Text;
using Serving.Drift;

namespace Gateway.Pages;

/// <summary>The charts of <see cref="DriftPage"/>, as inline SVG.</summary>
internal static class DriftCharts
{
    private const double Width = 440;
    private const double Height = 150;

    /// <summary>Room for the axis' labels.</summary>
    private const double Foot = 16;

    private const int MostTicks = 7;
    private const int LongestTick = 12;

    /// <summary>Bars of more bins than this cannot be told apart; the rest is told in the caption.</summary>
    private const int MostBars = 40;

    /// <summary>Scores beyond 10^-30 look alike.</summary>
    private const double MostDigits = 30;

    /// <summary>Baseline and window over each other, one bar a bin.</summary>
    public static void WriteHistogram(StringBuilder page, FeatureHistogram histogram)
    {
        var bars = Math.Min(MostBars, histogram.Baseline.Count);
        if (bars == 0) return;
        var top = 0.01;
        for (var i = 0; i < bars; i++) top = Math.Max(top, Math.Max(histogram.Baseline[i], histogram.Window[i]));
        Open(page, "Share of rows in each bin: baseline and window");
        for (var i = 0; i < bars; i++)
        {
            Bar(page, "base", i, bars, histogram.Baseline[i] / top, 0.08, LabelOf(histogram, i), histogram.Baseline[i]);
            Bar(page, "window", i, bars, histogram.Window[i] / top, 0.22, LabelOf(histogram, i), histogram.Window[i]);
        }

        Text(page, 4, 10, "start", string.Create(CultureInfo.InvariantCulture, $"{top:p0}"));
        var every = Math.Max(1, (bars + MostTicks - 1) / MostTicks);
        for (var i = 0; i < bars; i += every) Text(page, (i + 0.5) * Width / bars, Height + 11, "middle", Shorten(TickOf(histogram, i)));
        var more = histogram.Baseline.Count - bars;
        var caption = more > 0 ? string.Create(CultureInfo.InvariantCulture, $"; {more} bins more") : "";
        Close(page, $"grey: baseline, orange: window; bins from {DriftPage.Encode(LabelOf(histogram, 0))} to {DriftPage.Encode(LabelOf(histogram, bars - 1))}{caption}");
    }

    /// <summary>The digits of the p-value over the windows, oldest left, the threshold, and a line where an alert was raised.</summary>
    public static void WriteHistory(StringBuilder page, string feature, IReadOnlyList<DriftWindow> windows, IReadOnlyList<DriftAlert> events)
    {
        var points = new List<(DriftWindow Window, double Score, double Threshold)>();
        for (var i = windows.Count - 1; i >= 0; i--)
        {
            var report = windows[i].Features.FirstOrDefault(other => other.Name == feature);
            if (report is null || !report.Metrics.TryGetValue("p", out var p)) continue;
            points.Add((windows[i], Digits(p.Score), Digits(p.Threshold ?? 1)));
        }

        if (points.Count == 0) return;
        var top = Math.Max(5, points.Max(point => Math.Max(point.Score, point.Threshold))) * 1.1;
        Open(page, "Score over time and its threshold");
        Line(page, "score", points.Select(point => point.Score), points.Count, top);
        Line(page, "limit", points.Select(point => point.Threshold), points.Count, top);
        for (var i = 0; i < points.Count; i++)
        {
            var window = points[i].Window;
            var alert = events.FirstOrDefault(raised => raised.Feature == feature && raised.State == AlertState.Raised
                && raised.At >= window.Start && raised.At <= window.End);
            if (alert is null) continue;
            page.Append(CultureInfo.InvariantCulture, $"<line class=\"alert\" x1=\"{X(i, points.Count):f1}\" x2=\"{X(i, points.Count):f1}\" y1=\"0\" y2=\"{Height}\"><title>")
                .Append(DriftPage.Encode(alert.Message)).Append("</title></line>");
        }

        var limit = points[^1].Threshold;
        Text(page, Width - 4, Math.Max(10, Height - (limit / top * (Height - 4)) - 3), "end", string.Create(CultureInfo.InvariantCulture, $"threshold 1e-{limit:f1}"));
        Text(page, 4, 10, "start", string.Create(CultureInfo.InvariantCulture, $"p = 1e-{top:f0}"));
        Text(page, 4, Height + 11, "start", string.Create(CultureInfo.InvariantCulture, $"{points[0].Window.Start:u}"));
        if (points.Count > 1) Text(page, Width - 4, Height + 11, "end", string.Create(CultureInfo.InvariantCulture, $"{points[^1].Window.End:u}"));
        Close(page, "blue: digits of the p-value by window, oldest left; dashed: threshold; red: alert raised");
    }

    private static double Digits(double p) => p >= 1 || double.IsNaN(p) ? 0 : Math.Min(MostDigits, -Math.Log10(Math.Max(p, 1e-300)));

    private static double X(int i, int count) => count == 1 ? Width / 2 : 8 + (i * (Width - 16) / (count - 1));

    private static void Line(StringBuilder page, string kind, IEnumerable<double> values, int count, double top)
    {
        page.Append("<polyline fill=\"none\" class=\"").Append(kind).Append("\" points=\"");
        var i = 0;
        foreach (var value in values)
            page.Append(CultureInfo.InvariantCulture, $"{X(i++, count):f1},{Height - (value / top * (Height - 4)):f1} ");

        // A single point has no line; its dash shows where it is.
        if (count == 1) page.Append(CultureInfo.InvariantCulture, $"{X(0, 1) + 12:f1},{Height - (values.First() / top * (Height - 4)):f1}");
        page.Append("\"/>");
    }

    private static void Bar(StringBuilder page, string kind, int bin, int bins, double height, double inset, string label, double share)
    {
        var step = Width / bins;
        var (x, width, tall) = ((bin + inset) * step, (1 - (2 * inset)) * step, height * (Height - 4));
        page.Append(CultureInfo.InvariantCulture, $"<rect class=\"{kind}\" x=\"{x:f1}\" y=\"{Height - tall:f1}\" width=\"{width:f1}\" height=\"{tall:f1}\"><title>")
            .Append(DriftPage.Encode(label)).Append(CultureInfo.InvariantCulture, $": {share:p1}</title></rect>");
    }

    private static string LabelOf(FeatureHistogram histogram, int bin)
    {
        if (bin < histogram.Labels.Count) return histogram.Labels[bin];
        var edges = histogram.Edges;
        if (edges.Count == 0) return "all";
        return bin == 0 ? string.Create(CultureInfo.InvariantCulture, $"up to {edges[0]:g4}")
            : bin < edges.Count ? string.Create(CultureInfo.InvariantCulture, $"{edges[bin - 1]:g4} to {edges[bin]:g4}")
            : string.Create(CultureInfo.InvariantCulture, $"above {edges[^1]:g4}");
    }

    /// <summary>A bin's place on the axis: the edge it ends at, or its category.</summary>
    private static string TickOf(FeatureHistogram histogram, int bin) => bin < histogram.Labels.Count ? histogram.Labels[bin]
        : histogram.Edges.Count == 0 ? ""
        : bin < histogram.Edges.Count ? string.Create(CultureInfo.InvariantCulture, $"≤ {histogram.Edges[bin]:g4}")
        : string.Create(CultureInfo.InvariantCulture, $"> {histogram.Edges[^1]:g4}");

    private static string Shorten(string text) => text.Length <= LongestTick ? text : string.Concat(text.AsSpan(0, LongestTick - 1), "…");

    private static void Text(StringBuilder page, double x, double y, string anchor, string text) =>
        page.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:f1}\" y=\"{y:f1}\" text-anchor=\"{anchor}\">").Append(DriftPage.Encode(text)).Append("</text>");

    private static void Open(StringBuilder page, string title) => page.Append(CultureInfo.InvariantCulture,
        $"<figure><svg viewBox=\"0 0 {Width} {Height + Foot}\" width=\"{Width}\" height=\"{Height + Foot}\" role=\"img\" aria-label=\"{title}\"><line class=\"axis\" x1=\"0\" x2=\"{Width}\" y1=\"{Height}\" y2=\"{Height}\"/>");

    private static void Close(StringBuilder page, string caption) => page.Append("</svg><figcaption>").Append(caption).Append("</figcaption></figure>");
}
