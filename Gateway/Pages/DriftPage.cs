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
        :root{color-scheme:light dark;--page:#fff;--card:#fbfcfd;--text:#1c2530;--quiet:#5b6875;--line:#d5dbe1;--grid:#e6eaee;--base:#b9c6d3;--window:#e07b39;--score:#2a6fb0;--bad:#c0392b;--good:#1e7e46;--warn:#8a6100}
        @media (prefers-color-scheme:dark){:root{--page:#14181d;--card:#1b2027;--text:#e3e8ed;--quiet:#9aa7b4;--line:#333b45;--grid:#2a313a;--base:#4d5b69;--window:#f0944d;--score:#6cb0ee;--bad:#ff7b6b;--good:#5fce8c;--warn:#e3b341}}
        body{font:14px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem;color:var(--text);background:var(--page)}
        h1{font-size:1.4rem;margin:.2rem 0}h2{font-size:1.1rem;margin:1.6rem 0 .4rem}h3{font-size:1rem;margin:0}
        section{border:1px solid var(--line);border-left-width:4px;border-radius:6px;padding:.8rem 1rem;margin:1rem 0;background:var(--card)}
        section.drifted{border-left-color:var(--bad)}section.ok{border-left-color:var(--good)}section.insufficient{border-left-color:var(--warn)}
        .state{font-weight:600;font-size:.85em;margin-left:.4em}.drifted .state,.raised{color:var(--bad)}.ok .state{color:var(--good)}.insufficient .state{color:var(--warn)}
        .quiet,figcaption,.empty{color:var(--quiet);font-size:12px}.reason{font-size:13px;margin:.3rem 0}
        .charts{display:flex;flex-wrap:wrap;gap:1rem 1.5rem;margin-top:.6rem}figure{margin:0;flex:1 1 24rem;max-width:32rem}svg{width:100%;height:auto;overflow:visible}
        .empty{flex:1 1 24rem;max-width:32rem;align-self:center;text-align:center}
        table{border-collapse:collapse}td,th{padding:.15rem 1rem .15rem 0;text-align:left;vertical-align:top}th{color:var(--quiet);font-weight:500}.scroll{overflow-x:auto}
        .metrics{font-size:12px;align-self:flex-start}.metrics td:nth-child(n+2){font-variant-numeric:tabular-nums}
        nav{display:flex;flex-wrap:wrap;gap:.3rem;margin:.6rem 0}nav a{font-size:12px;padding:.1rem .5rem;border:1px solid var(--line);border-radius:9px;color:inherit;text-decoration:none}
        nav a.drifted{color:var(--bad);border-color:var(--bad)}nav a.insufficient{color:var(--warn)}
        svg text{font:10.5px system-ui,sans-serif;fill:var(--quiet)}polyline{fill:none}.grid{stroke:var(--grid)}
        .base{fill:var(--base);background:var(--base)}.window{fill:var(--window);fill-opacity:.75;background:var(--window)}
        .score{stroke:var(--score);stroke-width:1.6;background:var(--score)}.dot{fill:var(--score)}.limit{stroke:var(--bad);stroke-dasharray:4 3}
        .alert{stroke:var(--bad);fill:var(--bad);background:var(--bad)}.cleared{stroke:var(--good);fill:var(--good);background:var(--good)}
        .key{white-space:nowrap;margin-right:.6em}.key i{display:inline-block;width:12px;height:9px;margin-right:4px}.key .score{height:2px;vertical-align:middle}
        .key .limit{height:0;border-top:2px dashed var(--bad);vertical-align:middle}.key .alert,.key .cleared{width:3px;height:11px;vertical-align:middle}td:first-child{white-space:nowrap}
        """;

    public static byte[] Write(DriftReport report, IReadOnlyList<DriftAlert> events)
    {
        var page = new StringBuilder(16_384);
        var title = Encode($"Drift of {report.Model}, version {report.Version}");
        page.Append("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>").Append(title).Append("</title><style>")
            .Append(Style).Append("</style></head><body><h1>").Append(title).Append("</h1>");
        WriteHead(page, report);
        WriteAlerts(page, "Alerts that stand", report.Alerts);

        // A window too young to tell anything is drawn only when there is no other.
        var shown = report.Windows.FirstOrDefault(window => !window.Open) ?? (report.Windows.Count > 0 ? report.Windows[0] : null);
        if (shown is null) page.Append("<p class=\"empty\">Nothing has been observed yet. Once requests come, their values are shown here beside the baseline's.</p>");
        else WriteFeatures(page, report, shown, events);
        WriteAlerts(page, "Events, newest first", [.. events.Reverse()]);
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
        page.Append("<div class=\"scroll\"><table><tr><th>window</th><th>rows</th><th>features drifted</th></tr>");
        foreach (var window in report.Windows.Take(5))
        {
            page.Append(CultureInfo.InvariantCulture,
                $"<tr><td>{window.Start:u} to {window.End:u}{(window.Open ? " (open)" : "")}</td><td>{window.Count:n0}</td><td>{window.DriftedShare:p0}</td></tr>");
        }

        page.Append("</table></div>");
    }

    private static void WriteAlerts(StringBuilder page, string title, IReadOnlyList<DriftAlert> alerts)
    {
        page.Append("<h2>").Append(title).Append("</h2>");
        if (alerts.Count == 0)
        {
            page.Append("<p class=\"quiet\">None.</p>");
            return;
        }

        page.Append("<div class=\"scroll\"><table><tr><th>at</th><th>state</th><th>severity</th><th>what</th></tr>");
        foreach (var alert in alerts)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{alert.At:u}</td><td{(alert.State == AlertState.Raised ? " class=\"raised\"" : "")}>{alert.State}</td><td>{alert.Severity}</td><td>")
                .Append(Encode(alert.Message)).Append("</td></tr>");
        }

        page.Append("</table></div>");
    }

    /// <summary>Those that drifted first, then by how surprising they are.</summary>
    private static void WriteFeatures(StringBuilder page, DriftReport report, DriftWindow shown, IReadOnlyList<DriftAlert> events)
    {
        FeatureReport[] order =
        [
            .. shown.Features.OrderByDescending(feature => feature.State == FeatureState.Drifted)
                .ThenBy(feature => feature.Metrics.TryGetValue("p", out var p) ? p.Score : 1),
        ];
        page.Append("<h2>Features</h2><nav>");
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
        page.Append("<section class=\"").Append(state).Append("\" id=\"").Append(AnchorOf(feature)).Append("\"><h3>").Append(Encode(feature.Name))
            .Append(" <span class=\"state\">").Append(state).Append("</span></h3><div class=\"quiet\">");
        page.Append(CultureInfo.InvariantCulture, $"{feature.Count:n0} rows, {feature.Missing:n0} missing");
        if (feature.Mean is { } mean) page.Append(CultureInfo.InvariantCulture, $"; mean {mean:g5}");
        if (feature.Deviation is { } deviation) page.Append(CultureInfo.InvariantCulture, $", standard deviation {deviation:g5}");
        page.Append("</div>");
        if (feature.Reason is { } reason) page.Append("<p class=\"reason\">Not told: ").Append(Encode(reason)).Append(".</p>");
        page.Append("<div class=\"charts\">");
        HistogramChart.Write(page, feature.Histogram);
        HistoryChart.Write(page, feature.Name, report.Windows, events);
        WriteMetrics(page, feature);
        page.Append("</div></section>");
    }

    /// <summary>What decides first, then the distances with what they would be by chance.</summary>
    private static void WriteMetrics(StringBuilder page, FeatureReport feature)
    {
        if (feature.Metrics.Count == 0) return;
        page.Append("<table class=\"metrics\"><tr><th>metric</th><th>score</th><th>decides at</th><th>by chance</th></tr>");
        foreach (var (name, metric) in feature.Metrics)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{name}</td><td>{metric.Score:g4}</td><td>");
            if (metric.Threshold is { } threshold) page.Append(CultureInfo.InvariantCulture, $"{threshold:g4}");
            page.Append("</td><td>");
            if (metric.Null is { } expected) page.Append(CultureInfo.InvariantCulture, $"{expected:g4}");
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
