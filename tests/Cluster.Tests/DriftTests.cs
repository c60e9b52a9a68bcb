using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Cluster.Tests.Load;
using Cluster.Tests.Processes;
using Xunit.Abstractions;

namespace Cluster.Tests;

/// <summary>
/// The same requests to clusters of one, two and four silos and to one process beside them: closed windows are the same, to the last digit,
/// also where a silo is killed on the way.
/// </summary>
public sealed class DriftTests(ITestOutputHelper output)
{
    private const int RowsPerSecond = 8;
    private const int Seconds = 23;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(10) };

    [RedisFact]
    public async Task Windows_OneTwoAndFourSilosOneKilled_AreThoseOfOneProcess()
    {
        var clusters = await Task.WhenAll(new[] { 1, 2, 4 }.Select(count => RunningCluster.StartAsync(count, MakeRepository, "--replicas", $"{count}")));
        await using var first = clusters[0];
        await using var second = clusters[1];
        await using var third = clusters[2];
        await using var alone = new StandaloneProcess(first.Repository);
        await alone.ReadyAsync(Patience);
        foreach (var cluster in clusters)
        {
            await RunningCluster.WholeAsync(cluster.Silos.Count, cluster.Silos[0].Address, without: null, Patience);
            foreach (var silo in cluster.Silos) await SendAsync(0, silo.Address);
        }

        await SendAsync(0, alone.Address);
        foreach (var server in clusters.Select(cluster => cluster.Silos[0].Address).Append(alone.Address))
        {
            using var put = await Http.PutAsync(new Uri(server, "v2/models/a/versions/1/baseline"), new StringContent(UniformBaseline.Json(), Encoding.UTF8, "application/json"));
            Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync());
        }

        var gateways = clusters.Select(cluster => cluster.Silos.Select(silo => silo.Address).ToList()).Append([alone.Address]).ToArray();
        for (var moment = 0; moment < Seconds; moment++)
        {
            await SecondAsync(moment, gateways);
            if (moment != 11) continue;

            // What was counted is sent when a report is asked for.
            await ReportAsync(third.Silos[0].Address);
            third.Silos[^1].Process.Kill();
            gateways[2].RemoveAt(gateways[2].Count - 1);
        }

        foreach (var cluster in clusters)
        {
            var (expected, report) = await SettledAsync(alone.Address, cluster.Silos[0].Address);
            output.WriteLine($"{cluster.Silos.Count} silos: {expected.Count} closed windows; nodes {report.GetProperty("nodes")}");
            Assert.InRange(expected.Count, 4, 5);
            Assert.Equal(expected, Closed(report));
            Assert.Equal(cluster == third ? 1 : 0, report.GetProperty("nodes").EnumerateArray().Count(n => n.GetProperty("silent").GetBoolean()));
        }
    }

    /// <summary>The rows of one second, to all, well inside it: so that they fall into the same pane of all that count.</summary>
    private static async Task SecondAsync(int second, List<Uri>[] servers)
    {
        while (DateTime.UtcNow.Millisecond is < 250 or > 350) await Task.Delay(10);
        var began = DateTime.UtcNow;
        for (var i = 0; i < RowsPerSecond; i++)
        {
            var number = (second * RowsPerSecond) + i;
            await Task.WhenAll(servers.Select(gateways => SendAsync(number, gateways[number % gateways.Count])));
        }

        Assert.True(DateTime.UtcNow - began < TimeSpan.FromMilliseconds(600), "the machine is too slow to keep a second's rows inside the second");
        while (DateTime.UtcNow.Millisecond is >= 250 and <= 350) await Task.Delay(10);
    }

    private static async Task SendAsync(int number, Uri server)
    {
        using var answer = await Http.PostAsJsonAsync(new Uri(server, "v2/models/a/versions/1/infer"), Row(number));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
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
