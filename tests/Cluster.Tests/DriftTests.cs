using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Cluster.Tests.Load;
using Cluster.Tests.Processes;
using Xunit.Abstractions;

namespace Cluster.Tests;

/// <summary>
/// The same requests to a cluster of one, two and four silos and to one process beside it: closed windows are the same, to the last digit,
/// also when a silo is killed on the way.
/// </summary>
public sealed class DriftTests(ITestOutputHelper output)
{
    private const int RowsPerSecond = 8;
    private const int Seconds = 23;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(10) };

    [RedisFact]
    public Task Windows_OneSilo_AreThoseOfOneProcess() => RunAsync(1, kill: false);

    [RedisFact]
    public Task Windows_TwoSilos_AreThoseOfOneProcess() => RunAsync(2, kill: false);

    [RedisFact]
    public Task Windows_FourSilosOneKilled_AreThoseOfOneProcess() => RunAsync(4, kill: true);

    private async Task RunAsync(int count, bool kill)
    {
        await using var cluster = await RunningCluster.StartAsync(count, MakeRepository, "--replicas", $"{count}");
        await using var alone = new StandaloneProcess(cluster.Repository);
        await alone.ReadyAsync(Patience);
        await RunningCluster.WholeAsync(count, cluster.Silos[0].Address, without: null, Patience);
        await SendAsync(0, [alone.Address, .. cluster.Silos.Select(s => s.Address)]);
        foreach (var server in new[] { alone.Address, cluster.Silos[0].Address })
        {
            using var put = await Http.PutAsync(new Uri(server, "v2/models/a/versions/1/baseline"), new StringContent(UniformBaseline.Json(), Encoding.UTF8, "application/json"));
            Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync());
        }

        var gateways = cluster.Silos.Select(s => s.Address).ToList();
        for (var second = 0; second < Seconds; second++)
        {
            await SecondAsync(second, alone.Address, gateways);
            if (!kill || second != 11) continue;

            // What was counted is sent when a report is asked for.
            await ReportAsync(gateways[0]);
            cluster.Silos[^1].Process.Kill();
            gateways.RemoveAt(gateways.Count - 1);
        }

        var (expected, report) = await SettledAsync(alone.Address, gateways[0]);
        output.WriteLine($"{count} silos{(kill ? ", one killed" : "")}: {expected.Count} closed windows; nodes {report.GetProperty("nodes")}");
        Assert.InRange(expected.Count, 4, 5);
        Assert.Equal(expected, Closed(report));
        Assert.Equal(kill ? 1 : 0, report.GetProperty("nodes").EnumerateArray().Count(n => n.GetProperty("silent").GetBoolean()));
    }

    /// <summary>The rows of one second, to both, well inside it: so that they fall into the same pane of all that count.</summary>
    private static async Task SecondAsync(int second, Uri alone, List<Uri> gateways)
    {
        while (DateTime.UtcNow.Millisecond is < 250 or > 350) await Task.Delay(10);
        var began = DateTime.UtcNow;
        for (var i = 0; i < RowsPerSecond; i++)
        {
            var number = (second * RowsPerSecond) + i;
            await SendAsync(number, [alone, gateways[number % gateways.Count]]);
        }

        Assert.True(DateTime.UtcNow - began < TimeSpan.FromMilliseconds(600), "the machine is too slow to keep a second's rows inside the second");
        while (DateTime.UtcNow.Millisecond is >= 250 and <= 350) await Task.Delay(10);
    }

    private static async Task SendAsync(int number, IEnumerable<Uri> servers)
    {
        foreach (var server in servers)
        {
            using var answer = await Http.PostAsJsonAsync(new Uri(server, "v2/models/a/versions/1/infer"), Row(number));
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        }
    }

    /// <summary>Both reports once they hold every row, and as many closed windows as each other: a cluster closes them seconds later.</summary>
    private static async Task<(List<string> Expected, JsonElement Report)> SettledAsync(Uri alone, Uri gateway)
    {
        for (var until = DateTime.UtcNow + Patience; ; await Task.Delay(200))
        {
            var (one, all) = (await ReportAsync(alone), await ReportAsync(gateway));
            var expected = Closed(one);
            if (Rows(one) == Seconds * RowsPerSecond && Rows(all) == Rows(one) && Closed(all).Count == expected.Count) return (expected, all);
            Assert.True(DateTime.UtcNow < until, $"{Rows(one)} and {Rows(all)} rows, {expected.Count} and {Closed(all).Count} closed windows");
        }
    }

    private static int Rows(JsonElement report) => report.GetProperty("windows").EnumerateArray().Sum(window => window.GetProperty("count").GetInt32());

    private static async Task<JsonElement> ReportAsync(Uri server) =>
        await Http.GetFromJsonAsync<JsonElement>(new Uri(server, "v2/models/a/versions/1/drift"));

    private static List<string> Closed(JsonElement report) =>
        [.. report.GetProperty("windows").EnumerateArray().Where(w => !w.GetProperty("open").GetBoolean()).Select(w => w.GetRawText())];

    private static object Row(int number)
    {
        var random = new Random(number);
        double[] row = [.. Enumerable.Range(0, 4).Select(_ => random.NextDouble() + (number * 0.002))];
        return new { inputs = new[] { new { name = "input", datatype = "FP32", shape = new[] { 1, 4 }, data = row } } };
    }

    private static (string Repository, IReadOnlyList<string> Models) MakeRepository(string repository)
    {
        var version = Path.Combine(repository, "a", "1");
        Directory.CreateDirectory(version);
        File.Copy(Path.Combine(Checkout.Samples, "iris", "2", "model.onnx"), Path.Combine(version, "model.onnx"));
        File.WriteAllText(Path.Combine(repository, "a", "model.json"), """{"serving": {"drift": {"window": {"seconds": 5}}}}""");
        return (repository, ["a"]);
    }
}
