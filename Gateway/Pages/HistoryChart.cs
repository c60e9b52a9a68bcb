using System.Globalization;
using System.Text;
using Serving.Drift;

namespace Gateway.Pages;

/// <summary>A feature's p-value over time against its threshold, the small ones high up, with its alerts.</summary>
internal static class HistoryChart
{
    /// <summary>Scores beyond 10^-30 look alike.</summary>
    private const double MostDigits = 30;

    private const double LeastDigits = 8;

    private const int MostMarks = 40;

    public static void Write(StringBuilder page, string feature, IReadOnlyList<DriftWindow> windows, IReadOnlyList<DriftAlert> events)
    {
        var points = Read(feature, windows);
        if (points.Count == 0)
        {
            page.Append("<p class=\"empty\">No window has been compared yet.</p>");
            return;
        }

        var (start, end) = (points[0].Window.Start, points[^1].Window.End);
        var top = Math.Max(LeastDigits, points.Max(point => Math.Max(point.Score, point.Threshold)) * 1.08);
        var chart = new Chart(page, $"The p-value of {feature} over time, its threshold and its alerts");
        var step = Math.Max(1, Math.Ceiling(top / 4));
        for (var digits = 0.0; digits <= top; digits += step) chart.Grid(digits / top, digits == 0 ? "p = 1" : Invariant($"1e-{digits:f0}"));
        foreach (var alert in events.Where(alert => alert.Feature == feature && alert.At >= start && alert.At <= end).TakeLast(MostMarks))
            chart.Mark(alert.State == AlertState.Raised ? "alert" : "cleared", X(alert.At), Invariant($"{alert.At:u} {alert.State}: {alert.Message}"));
        chart.Line("limit", [(0, points[0].Threshold / top), .. points.Select(point => (X(Middle(point.Window)), point.Threshold / top)), (Chart.Width, points[^1].Threshold / top)]);
        chart.Line("score", points.Select(point => (X(Middle(point.Window)), point.Score / top)));
        foreach (var (window, p, score, _) in points)
            chart.Dot("dot", X(Middle(window)), score / top, Invariant($"{window.Start:u} to {window.End:u}{(window.Open ? ", open" : "")}: p = {p:g3}, {window.Count:n0} rows"));
        chart.Label(0, Invariant($"{start:yyyy-MM-dd HH:mm:ss}"));
        chart.Label(Chart.Width, Invariant($"{end:yyyy-MM-dd HH:mm:ss}"));
        chart.Close(
            [("score", "p-value, small ones high up"), ("limit", Invariant($"threshold {Math.Pow(10, -points[^1].Threshold):g2}")), ("alert", "alert"), ("cleared", "cleared")],
            "times in UTC");

        double X(DateTimeOffset at) => end == start ? Chart.Width / 2 : Math.Clamp((at - start) / (end - start), 0, 1) * Chart.Width;
    }

    /// <summary>Oldest first; score and threshold as digits behind the point.</summary>
    private static List<(DriftWindow Window, double P, double Score, double Threshold)> Read(string feature, IReadOnlyList<DriftWindow> windows)
    {
        var points = new List<(DriftWindow, double, double, double)>();
        for (var i = windows.Count - 1; i >= 0; i--)
        {
            var report = windows[i].Features.FirstOrDefault(other => other.Name == feature);
            if (report is null || !report.Metrics.TryGetValue("p", out var p)) continue;
            points.Add((windows[i], p.Score, Digits(p.Score), Digits(p.Threshold ?? 1)));
        }

        return points;
    }

    private static DateTimeOffset Middle(DriftWindow window) => window.Start + ((window.End - window.Start) / 2);

    private static double Digits(double p) => p >= 1 || double.IsNaN(p) ? 0 : Math.Min(MostDigits, -Math.Log10(Math.Max(p, 1e-300)));

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
