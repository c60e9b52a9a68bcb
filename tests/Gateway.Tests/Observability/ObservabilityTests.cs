using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Metrics;
using Serving;

namespace Gateway.Tests.Observability;

/// <summary>What is under <c>deploy/observability</c> is what the instrument lists give; <c>UPDATE_GOLDEN=1</c> writes it anew.</summary>
public sealed class ObservabilityTests
{
    private static readonly string Root = Path.GetFullPath(Path.Combine(SampleModels.Repository, "..", ".."));

    [Fact]
    public void Dashboard_IsWhatTheInstrumentsGive() => Check("dashboard.json", Dashboard.Write());

    [Fact]
    public void AlertRules_AreWhatTheInstrumentsGive() => Check("alerts.yaml", AlertRules.Write());

    [Fact]
    public void Alerts_Each_AreExplained()
    {
        var manual = File.ReadAllText(Path.Combine(Root, "docs", "operations.md"));

        Assert.All(AlertRules.All, rule => Assert.Matches($@"\*\*{rule.Name}\.?\*\*", manual));
    }

    [PromtoolFact]
    public async Task AlertRules_PassPromtool()
    {
        var (code, output) = await Promtool.RunAsync(["check", "rules", Path.Combine(Root, "deploy", "observability", "alerts.yaml")]);

        Assert.True(code == 0 && output.Contains($"{AlertRules.All.Count} rules found"), output);
    }

    /// <summary>There is no Grafana here to load it; its queries are at least what Prometheus takes.</summary>
    [PromtoolFact]
    public async Task Dashboard_EveryQuery_PassesPromtool()
    {
        var dashboard = JsonNode.Parse(File.ReadAllText(Path.Combine(Root, "deploy", "observability", "dashboard.json")))!;
        var queries = dashboard["panels"]!.AsArray().Where(panel => (string)panel!["type"]! != "row")
            .SelectMany(panel => panel!["targets"]!.AsArray(), (_, target) => (string)target!["expr"]!).ToArray();
        var rules = new JsonArray([.. queries.Select((query, i) => new JsonObject { ["record"] = $"panel:{i}", ["expr"] = query })]);
        var file = Path.GetTempFileName();

        // Rules are YAML, which JSON is.
        await File.WriteAllTextAsync(file, new JsonObject { ["groups"] = new JsonArray(new JsonObject { ["name"] = "panels", ["rules"] = rules }) }.ToJsonString());
        var (code, output) = await Promtool.RunAsync(["check", "rules", file]);
        File.Delete(file);

        Assert.InRange(queries.Length, Metric.All.Count, int.MaxValue);
        Assert.True(code == 0 && output.Contains($"{queries.Length} rules found"), output);
    }

    /// <summary>What Grafana needs of a dashboard to show it: panels with ids of their own that do not overlap, each asking the chosen source.</summary>
    [Fact]
    public void Dashboard_Panels_AreWhole()
    {
        var dashboard = JsonNode.Parse(File.ReadAllText(Path.Combine(Root, "deploy", "observability", "dashboard.json")))!;
        var panels = dashboard["panels"]!.AsArray().Select(panel => panel!.AsObject()).ToArray();
        var cells = panels.SelectMany(panel =>
        {
            var at = panel["gridPos"]!;
            Assert.InRange((int)at["x"]! + (int)at["w"]!, 1, 24);
            return from x in Enumerable.Range((int)at["x"]!, (int)at["w"]!) from y in Enumerable.Range((int)at["y"]!, (int)at["h"]!) select (x, y);
        }).ToArray();

        Assert.Equal(cells.Length, cells.Distinct().Count());
        Assert.Equal(panels.Length, panels.Select(panel => (int)panel["id"]!).Distinct().Count());
        Assert.Equal("datasource", (string)dashboard["templating"]!["list"]![0]!["type"]!);
        Assert.All(
            panels.Where(panel => (string)panel["type"]! != "row"),
            panel => Assert.Equal(("timeseries", "${source}"), ((string)panel["type"]!, (string)panel["datasource"]!["uid"]!)));
    }

    [Fact]
    public async Task Names_OfTheRuntimeAndOfWhatWasUsed_AreServed()
    {
        await using var server = await RunningServer.StartAsync(ControlMode.None, "iris");
        var baseline = new StringContent(
            File.ReadAllText(Path.Combine(SampleModels.Repository, "iris", "baseline.csv")), Encoding.UTF8, "text/csv");
        (await server.Client.PutAsync("/v2/models/iris/versions/2/baseline", baseline)).EnsureSuccessStatusCode();
        var body = new StringContent(new IrisRows().Request(1), Encoding.UTF8, "application/json");
        (await server.Client.PostAsync("/v2/models/iris/infer", body)).EnsureSuccessStatusCode();
        GC.Collect();

        var served = await server.Client.GetStringAsync("/metrics");

        // Counters of what did not happen are not there yet, nor what is published every few seconds; the rest must be, with the labels
        // that are used.
        string[] unused = ["serving.access.refused", "serving.quota.refused", "serving.capture.records", "serving.drift.dropped", "serving.drift.windows", "serving.quality.accuracy"];
        foreach (var row in Metric.All.Where(row => !unused.Contains(row.Name)))
        {
            var sample = Regex.Match(served, $$"""^{{Gateway.Metrics.MetricName.Of(row.Name, row.Unit, row.Kind)}}(_total|_bucket)?(\{(?<labels>.*)\})? """, RegexOptions.Multiline);
            Assert.True(sample.Success, $"{row.Name} is not served");
            var labels = sample.Groups["labels"].Value;
            Assert.All(row.Labels, label => Assert.Contains($"{Gateway.Metrics.MetricName.Sanitize(label)}=\"", labels));
        }
    }

    private static void Check(string name, string generated)
    {
        var path = Path.Combine(Root, "deploy", "observability", name);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllText(path, generated.TrimEnd('\n') + "\n");
        Assert.Equal(generated.TrimEnd('\n'), File.ReadAllText(path).ReplaceLineEndings("\n").TrimEnd('\n'));
    }
}
