using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using Serving.Drift;

namespace Gateway.Pages;

/// <summary>
/// A version's drift as one page that needs nothing else: for each feature its baseline and newest window over each other, and its
/// score over time against the threshold, with alerts marked. No scripts. Everything that came from outside is encoded.
/// </summary>
internal static class DriftPage
{
    private const string Style = """
        body{font:14px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1c2530;background:#fff}
        h1{font-size:1.4rem}h2{font-size:1.05rem;margin:0}section{border:1px solid #d5dbe1;border-radius:6px;padding:.8rem 1rem;margin:1rem 0}
        section.drifted{border-color:#c0392b}.charts{display:flex;flex-wrap:wrap;gap:1rem;margin-top:.5rem}figure{margin:0}
        figcaption,.quiet{color:#5b6875;font-size:12px}table{border-collapse:collapse}td,th{padding:.15rem .8rem .15rem 0;text-align:left}
        .state{font-weight:600}.drifted .state{color:#c0392b}.ok .state{color:#1e7e46}
        .metrics{font-size:12px;align-self:flex-start}.metrics td:nth-child(n+2){font-variant-numeric:tabular-nums}
        nav{columns:14rem;font-size:12px;margin:1rem 0}nav a{display:block;color:inherit}nav a.drifted{color:#c0392b;font-weight:600}
        svg text{font:10px system-ui,sans-serif;fill:#5b6875}
        .base{fill:#9fb3c8}.window{fill:#e07b39;fill-opacity:.55}.score{fill:none;stroke:#2a6fb0;stroke-width:1.5}
        .limit{stroke:#c0392b;stroke-dasharray:4 3}.alert{stroke:#c0392b;stroke-width:2}.axis{stroke:#b8c2cc}svg{background:#fafbfc}
        """;

    public static byte[] Write(DriftReport report, IReadOnlyList<DriftAlert> events)
    {
        var page = new StringBuilder(16_384);
        var title = Encode($"Drift of {report.Model}, version {report.Version}");
        page.Append("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>").Append(title).Append("</title><style>")
            .Append(Style).Append("</style></head><body><h1>").Append(title).Append("</h1>");
        WriteHead(page, report);
        WriteAlerts(page, "Alerts that stand", report.Alerts);

        // A window too young to tell anything is drawn only when there is no other.
        var shown = report.Windows.FirstOrDefault(window => !window.Open) ?? (report.Windows.Count > 0 ? report.Windows[0] : null);
        if (shown is null) page.Append("<p>Nothing has been observed yet.</p>");
        else WriteFeatures(page, report, shown, events);
        WriteAlerts(page, "Events, newest last", events);
        return Encoding.UTF8.GetBytes(page.Append("</body></html>").ToString());
    }

    public static string Encode(string text) => HtmlEncoder.Default.Encode(text);

    private static void WriteHead(StringBuilder page, DriftReport report)
    {
        page.Append("<p class=\"quiet\">");
        if (report.Baseline is { } baseline)
        {
            page.Append(CultureInfo.InvariantCulture, $"Baseline {baseline.Hash[..12]} of {baseline.Count:n0} rows");
            if (baseline.Provisional) page.Append(" (few: only large changes show)");
        }
        else
        {
            page.Append("A baseline is being learned");
        }

        page.Append(CultureInfo.InvariantCulture, $". Requests not looked at for want of room: {report.Dropped:n0}.</p>");
        if (report.Windows.Count == 0) return;
        page.Append("<table><tr><th>window</th><th>rows</th><th>features drifted</th></tr>");
        foreach (var window in report.Windows.Take(5))
        {
            page.Append(CultureInfo.InvariantCulture,
                $"<tr><td>{window.Start:u} to {window.End:u}{(window.Open ? " (open)" : "")}</td><td>{window.Count:n0}</td><td>{window.DriftedShare:p0}</td></tr>");
        }

        page.Append("</table>");
    }

    private static void WriteAlerts(StringBuilder page, string title, IReadOnlyList<DriftAlert> alerts)
    {
        page.Append("<h2>").Append(title).Append("</h2>");
        if (alerts.Count == 0)
        {
            page.Append("<p class=\"quiet\">None.</p>");
            return;
        }

        page.Append("<table><tr><th>at</th><th>state</th><th>severity</th><th>what</th></tr>");
        foreach (var alert in alerts)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{alert.At:u}</td><td>{alert.State}</td><td>{alert.Severity}</td><td>")
                .Append(Encode(alert.Message)).Append("</td></tr>");
        }

        page.Append("</table>");
    }

    /// <summary>Those that drifted first, then by how surprising they are.</summary>
    private static void WriteFeatures(StringBuilder page, DriftReport report, DriftWindow shown, IReadOnlyList<DriftAlert> events)
    {
        FeatureReport[] order =
        [
            .. shown.Features.OrderByDescending(feature => feature.State == FeatureState.Drifted)
                .ThenBy(feature => feature.Metrics.TryGetValue("p", out var p) ? p.Score : 1),
        ];
        page.Append("<nav>");
        foreach (var feature in order)
        {
            page.Append("<a class=\"").Append(StateOf(feature)).Append("\" href=\"#").Append(AnchorOf(feature)).Append("\">").Append(Encode(feature.Name)).Append(", ")
                .Append(StateOf(feature)).Append("</a>");
        }

        page.Append("</nav>");
        foreach (var feature in order) WriteFeature(page, report, feature, events);
    }

    private static void WriteFeature(StringBuilder page, DriftReport report, FeatureReport feature, IReadOnlyList<DriftAlert> events)
    {
        var state = StateOf(feature);
        page.Append("<section class=\"").Append(state).Append("\" id=\"").Append(AnchorOf(feature)).Append("\"><h2>").Append(Encode(feature.Name))
            .Append(" <span class=\"state\">").Append(state).Append("</span></h2><div class=\"quiet\">");
        page.Append(CultureInfo.InvariantCulture, $"{feature.Count:n0} rows, {feature.Missing:n0} missing");
        if (feature.Mean is { } mean) page.Append(CultureInfo.InvariantCulture, $"; mean {mean:g5}");
        if (feature.Deviation is { } deviation) page.Append(CultureInfo.InvariantCulture, $", standard deviation {deviation:g5}");
        if (feature.Reason is { } reason) page.Append("; ").Append(Encode(reason));
        page.Append("</div><div class=\"charts\">");
        DriftCharts.WriteHistogram(page, feature.Histogram);
        DriftCharts.WriteHistory(page, feature.Name, report.Windows, events);
        WriteMetrics(page, feature);
        page.Append("</div></section>");
    }

    /// <summary>What decides first, then the distances with what they would be by chance.</summary>
    private static void WriteMetrics(StringBuilder page, FeatureReport feature)
    {
        page.Append("<table class=\"metrics\"><tr><th>metric</th><th>score</th><th>decides at</th><th>by chance</th></tr>");
        foreach (var (name, metric) in feature.Metrics)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{name}</td><td>{metric.Score:g3}</td><td>");
            if (metric.Threshold is { } threshold) page.Append(CultureInfo.InvariantCulture, $"{threshold:g3}");
            page.Append("</td><td>");
            if (metric.Null is { } expected) page.Append(CultureInfo.InvariantCulture, $"{expected:g3}");
            page.Append("</td></tr>");
        }

        page.Append("</table>");
    }

    private static string StateOf(FeatureReport feature) => feature.State switch
    {
        FeatureState.Drifted => "drifted",
        FeatureState.Ok => "ok",
        _ => "insufficient",
    };

    private static string AnchorOf(FeatureReport feature) => "f-" + Uri.EscapeDataString(feature.Name).Replace('%', '-');
}
