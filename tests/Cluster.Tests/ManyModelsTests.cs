using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Cluster.Tests.Load;
using Cluster.Tests.Processes;
using Serving.Tests.Sessions;
using Xunit.Abstractions;

namespace Cluster.Tests;

/// <summary>
/// 1,000 models of 4 MB in the repository, three silos with memory for 300 of them, and callers who like some models far better than
/// others: every request is answered, memory stays in its budget, and little more is dropped than one memory of the same size would
/// drop. <c>MANY_MODELS_SECONDS</c> is how long the load lasts (240 for the full run).
/// </summary>
public sealed class ManyModelsTests(ITestOutputHelper output)
{
    private const int Models = 1000;
    private const int Silos = 3;
    private const int PerSilo = 100;
    private const int Width = 1024;
    private const int FileBytes = Width * Width * sizeof(float);
    private const int PerSecond = 50;

    /// <summary>What a silo accounts for a model: its file, and what a session takes beside its weights.</summary>
    private const long ModelBytes = FileBytes + (1 << 18);

    /// <summary>What must be free before the last model of a silo is loaded.</summary>
    private const long Estimate = FileBytes + FileBytes / 4 + (1 << 19);

    /// <summary>What a process may take more than it took with no model to speak of under the same load: rows of 1,000 models, garbage.</summary>
    private const long Aside = 160L << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);
    private static readonly int Seconds = int.Parse(Environment.GetEnvironmentVariable("MANY_MODELS_SECONDS") ?? "40", CultureInfo.InvariantCulture);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(10) };

    [RedisFact]
    public async Task ZipfLoad_MemoryForAThird_IsServedWithinTheBudget()
    {
        var budget = (((PerSilo - 1) * ModelBytes + Estimate) >> 20) + 1 << 20;
        await using var cluster = await RunningCluster.StartAsync(
            Silos, folder => (folder, Fill(folder, 0, Silos)), "--replicas", "1", "--model-memory-mb", $"{budget >> 20}");
        var gateway = cluster.Silos[0].Address;
        var bare = await AtWorkAsync(cluster);

        IReadOnlyList<string> names = [.. cluster.Models, .. Fill(cluster.Repository, Silos, Models)];
        var began = DateTime.UtcNow;
        await UntilAsync(async () => (await RunningCluster.StatusAsync(gateway)).GetProperty("versions").GetInt32() == Models, Patience);
        output.WriteLine($"{Models} models seen, each loaded once, in {(DateTime.UtcNow - began).TotalSeconds:F0} s");
        await Task.Delay(TimeSpan.FromSeconds(3));

        var zipf = new Zipf(Models, seed: 1);
        var requests = Enumerable.Range(0, Seconds * PerSecond).Select(_ => names[zipf.Next()]).ToArray();
        var present = await LoadedAsync(gateway);
        var before = await RunningCluster.StatusAsync(gateway);
        var (most, resident) = (0, new long[Silos]);
        await using var load = new SteadyLoad(number => requests[Math.Min(number, requests.Length - 1)], cluster.Silos.Select(s => s.Address), Body(), PerSecond);
        load.Start();
        for (var i = 0; i < Seconds * 2; i++)
        {
            await Task.Delay(TimeSpan.FromSeconds(0.5));
            most = Math.Max(most, (await RunningCluster.StatusAsync(gateway)).GetProperty("replicas").GetInt32());
            for (var s = 0; s < Silos; s++) resident[s] = Math.Max(resident[s], cluster.Silos[s].Process.ResidentBytes);
        }

        var result = await load.StopAsync();
        await Task.Delay(TimeSpan.FromSeconds(2));
        var after = await RunningCluster.StatusAsync(gateway);
        var sent = requests.Take(result.Samples.Count).ToArray();
        var (evictions, loads) = (Sum(after, "evictions") - Sum(before, "evictions"), Sum(after, "loads") - Sum(before, "loads"));
        var needed = CacheBound.LeastRecentlyUsed(sent, most, present);
        output.WriteLine($"{result}");
        output.WriteLine($"{loads} loads, {evictions} evictions; room for {most}, {present.Count} there at the start");
        output.WriteLine($"one memory of that size: {needed} evictions by least recent use, {CacheBound.Clairvoyant(sent, most, present)} knowing the future");
        for (var s = 0; s < Silos; s++)
            output.WriteLine($"{cluster.Silos[s].Name}: {bare[s] >> 20} MB at work without models, at most {resident[s] >> 20} MB, of which models may take {budget >> 20} MB");

        Assert.True(result.Failed.Count == 0, string.Join("\n", result.Failed.GroupBy(f => f.Failure).Select(g => $"{g.Count()} × {g.Key}").Take(5)));
        Assert.InRange(most, Silos * PerSilo * 9 / 10, Silos * PerSilo);
        Assert.InRange(evictions, 1, needed * 1.1);
        for (var s = 0; s < Silos; s++) Assert.InRange(resident[s], 0, bare[s] + budget + Aside);
    }

    /// <summary>What each process takes while it serves next to no models.</summary>
    private static async Task<long[]> AtWorkAsync(RunningCluster cluster)
    {
        await using var load = new SteadyLoad(cluster.Models, cluster.Silos.Select(s => s.Address), Body(), PerSecond);
        load.Start();
        await Task.Delay(TimeSpan.FromSeconds(20));
        await load.StopAsync();
        return [.. cluster.Silos.Select(s => s.Process.ResidentBytes - ModelBytes)];
    }

    /// <summary>Models that are all the same file, under names of their own.</summary>
    private static List<string> Fill(string repository, int from, int to)
    {
        Directory.CreateDirectory(repository);
        var file = Path.Combine(repository, "..", "weighty.onnx");
        WeightyModel.Write(file, Width, Width);
        var names = new List<string>();
        for (var i = from; i < to; i++)
        {
            names.Add($"m{i:D4}");
            var version = Path.Combine(repository, names[^1], "1");
            Directory.CreateDirectory(version);
            File.Copy(file, Path.Combine(version, "model.onnx"));
        }

        return names;
    }

    private static byte[] Body() => Encoding.UTF8.GetBytes(
        $$"""{"inputs":[{"name":"x","datatype":"FP32","shape":[1,{{Width}}],"data":[{{string.Join(',', Enumerable.Repeat("0", Width))}}]}]}""");

    private static async Task<HashSet<string>> LoadedAsync(Uri gateway)
    {
        var statistics = await Http.GetFromJsonAsync<JsonElement>(new Uri(gateway, "v2/models/stats"));
        return [.. statistics.GetProperty("model_stats").EnumerateArray()
            .Where(m => m.GetProperty("memory_usage").EnumerateArray().Any(u => u.GetProperty("byte_size").GetInt64() > 0))
            .Select(m => m.GetProperty("name").GetString()!)];
    }

    private static long Sum(JsonElement status, string count) => status.GetProperty("silos").EnumerateArray().Sum(s => s.GetProperty(count).GetInt64());

    private static async Task UntilAsync(Func<Task<bool>> condition, TimeSpan within)
    {
        var until = DateTime.UtcNow + within;
        while (!await condition())
        {
            if (DateTime.UtcNow > until) throw new TimeoutException($"not within {within.TotalMinutes:F0} minutes");
            await Task.Delay(250);
        }
    }
}
