using System.Text;
using System.Text.Json;
using Cluster.Tests.Load;
using Cluster.Tests.Processes;
using Serving.Tests.Sessions;
using Xunit.Abstractions;

namespace Cluster.Tests;

/// <summary>The cluster grows under load, by a silo or by a replica, and callers do not notice.</summary>
public sealed class GrowthTests(ITestOutputHelper output)
{
    private const int Models = 30;
    private const int Callers = 12;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [RedisFact]
    public async Task Silo_Joins_TakesItsShareWithoutAFailure()
    {
        await using var cluster = await RunningCluster.StartAsync(2, Models);
        await RunningCluster.WholeAsync(Models * 2, cluster.Silos[0].Address, without: null, Patience);
        await using var load = cluster.Load(perSecond: 100);
        load.Start();
        await Task.Delay(TimeSpan.FromSeconds(2));

        var began = DateTime.UtcNow;
        await using var joined = cluster.Another("silo-3");
        joined.Start();
        await joined.ReadyAsync(Patience);
        var ready = DateTime.UtcNow - began;
        load.SendTo([.. cluster.Silos.Select(s => s.Address), joined.Address]);
        JsonElement status;
        do
        {
            await Task.Delay(100);
            status = await RunningCluster.StatusAsync(joined.Address);
        }
        while ((ReplicasOn(status, joined) < Models / 3 || status.GetProperty("replicas").GetInt32() != Models * 2) && DateTime.UtcNow - began < Patience);
        var share = DateTime.UtcNow - began;
        await Task.Delay(TimeSpan.FromSeconds(2));

        var result = await load.StopAsync();
        output.WriteLine($"ready after {ready.TotalSeconds:F1} s, {ReplicasOn(status, joined)} of {Models * 2} replicas after {share.TotalSeconds:F1} s; {result}");
        Assert.True(result.Failed.Count == 0, string.Join("\n", result.Failed.Take(5)));
        Assert.InRange(ReplicasOn(status, joined), Models / 3, Models);
    }

    [RedisFact]
    public async Task Queue_StaysLong_ReplicasAreAdded()
    {
        await using var cluster = await RunningCluster.StartAsync(3, MakeSlowModel);
        var gateways = cluster.Silos.Select(s => s.Address).ToArray();

        // The last silo to come may be the one that the replica belongs on: there are two until it has moved.
        await RunningCluster.WholeAsync(1, gateways[0], without: null, Patience);
        using var stopping = new CancellationTokenSource();
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        var callers = Enumerable.Range(0, Callers).Select(i => CallAsync(http, gateways[i % gateways.Length], stopping.Token)).ToArray();

        var began = DateTime.UtcNow;
        int replicas, seen = 1;
        do
        {
            await Task.Delay(100);
            replicas = (await RunningCluster.StatusAsync(gateways[0])).GetProperty("replicas").GetInt32();
            if (replicas > seen) output.WriteLine($"{seen = replicas} replicas after {(DateTime.UtcNow - began).TotalSeconds:F1} s");
        }
        while (replicas < 3 && DateTime.UtcNow - began < Patience);
        await stopping.CancelAsync();

        Assert.All((await Task.WhenAll(callers)).SelectMany(failures => failures), Assert.Null);
        Assert.Equal(3, replicas);
    }

    private static int ReplicasOn(JsonElement status, SiloProcess silo) => status.GetProperty("silos").EnumerateArray()
        .Where(s => s.GetProperty("name").GetString() == silo.Name).Sum(s => s.GetProperty("loads").GetInt32());

    /// <summary>One run at a time, of some milliseconds: callers beyond the first queue.</summary>
    private static (string Repository, IReadOnlyList<string> Models) MakeSlowModel(string repository)
    {
        var version = Path.Combine(repository, "slow", "1");
        Directory.CreateDirectory(version);
        WeightyModel.Write(Path.Combine(version, "model.onnx"), 4096, 2048);
        File.WriteAllText(
            Path.Combine(repository, "slow", "model.json"),
            """{"max_batch_size": 1, "instance_group": [{"count": 1}], "serving": {"replicas": {"min": 1, "max": 3, "queue_delay_ms": 2}}}""");
        return (repository, ["slow"]);
    }

    /// <summary>Sends one request after the other; what failed.</summary>
    private static async Task<IReadOnlyList<string?>> CallAsync(HttpClient http, Uri gateway, CancellationToken stopping)
    {
        var failures = new List<string?>();
        var body = Encoding.UTF8.GetBytes(
            $$"""{"inputs":[{"name":"x","datatype":"FP32","shape":[1,4096],"data":[{{string.Join(',', Enumerable.Repeat("0", 4096))}}]}]}""");
        while (!stopping.IsCancellationRequested)
        {
            using var content = new ByteArrayContent(body);
            using var answer = await http.PostAsync(new Uri(gateway, "v2/models/slow/infer"), content, CancellationToken.None);
            if (!answer.IsSuccessStatusCode) failures.Add($"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(CancellationToken.None)}");
        }

        return failures;
    }
}
