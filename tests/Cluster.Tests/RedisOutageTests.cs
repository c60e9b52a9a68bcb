using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Cluster.Tests.Load;
using Cluster.Tests.Processes;
using Xunit.Abstractions;

namespace Cluster.Tests;

/// <summary>
/// Redis hangs, dies or loses its data under a load of 200 requests a second on three silos: inference goes on, changes are refused with a
/// clear 503, and lost data is reported. <c>CHAOS_OUTAGE_SECONDS</c> is how long it is away (60 for the full run).
/// </summary>
[Collection(StruckCluster.Name)]
public sealed class RedisOutageTests(StruckCluster struck, ITestOutputHelper output)
{
    private const int Models = StruckCluster.Models;

    private static readonly TimeSpan Outage =
        TimeSpan.FromSeconds(int.Parse(Environment.GetEnvironmentVariable("CHAOS_OUTAGE_SECONDS") ?? "15", CultureInfo.InvariantCulture));

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(2);

    /// <summary>For a stop of a silo that cannot tell membership.</summary>
    private static readonly TimeSpan StopBound = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Recovery = TimeSpan.FromMinutes(2);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(30) };

    [RedisFact]
    public Task Redis_Hangs_AndASiloIsKilledMeanwhile_CostsNoInference() => RunAsync("Redis hangs", redis =>
    {
        redis.Freeze();
        return Task.CompletedTask;
    }, redis =>
    {
        redis.Resume();
        return Task.CompletedTask;
    });

    [RedisFact]
    public Task Redis_Killed_AndASiloIsKilledMeanwhile_CostsNoInference() => RunAsync("Redis is killed", redis => redis.KillAsync(), redis => redis.StartAsync());

    [RedisFact]
    public async Task Redis_LosesItsData_IsReported_AndChangesAreRefused()
    {
        var cluster = await struck.TakeAsync();
        var silo = cluster.Silos[0].Address;
        Assert.Equal(HttpStatusCode.OK, (await PutTrafficAsync(silo, cluster.Models[0])).Status);
        await using var load = cluster.Load(200);
        load.Start();
        await cluster.Redis.SendAsync("FLUSHALL");
        foreach (var one in cluster.Silos) await UntilStorageAsync(one.Address, "lost");

        var (status, body) = await PutTrafficAsync(silo, cluster.Models[1]);
        output.WriteLine($"{(int)status} {body}");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("lost", body);
        Assert.Contains("lost its data", await File.ReadAllTextAsync(cluster.Silos[1].Process.LogPath));
        await Task.Delay(TimeSpan.FromSeconds(5));
        var result = await load.StopAsync();
        output.WriteLine($"Redis loses its data: {result}");
        Assert.Empty(result.Failed);

        // The remedy: all silos anew. There is no membership left that could be told, and they end all the same.
        var stopping = Stopwatch.StartNew();
        foreach (var one in cluster.Silos) one.Process.Terminate();
        foreach (var one in cluster.Silos)
        {
            await one.Process.ExitAsync(Recovery);
            output.WriteLine($"{one.Name} ended {stopping.Elapsed.TotalSeconds:F1} s after SIGTERM");
            await one.DisposeAsync();
            one.Start();
        }

        Assert.InRange(stopping.Elapsed, TimeSpan.Zero, StopBound);
        foreach (var one in cluster.Silos) await one.ReadyAsync(Recovery);
        await UntilStorageAsync(silo, "ok");
        Assert.Equal(HttpStatusCode.OK, (await PutTrafficAsync(silo, cluster.Models[1])).Status);
        struck.GiveBack();
    }

    private static async Task<(HttpStatusCode Status, string Body)> PutTrafficAsync(Uri gateway, string model)
    {
        using var content = new StringContent("""{"variants": [{"version": "1", "weight": 1, "label": "stable"}]}""", Encoding.UTF8, "application/json");
        using var answer = await Http.PutAsync(new Uri(gateway, $"v2/models/{model}/traffic"), content);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static async Task UntilStorageAsync(Uri gateway, string state)
    {
        var until = DateTime.UtcNow + Recovery;
        while (true)
        {
            var status = await Http.GetFromJsonAsync<JsonElement>(new Uri(gateway, "v2/cluster"));
            if (status.GetProperty("storage").GetString() == state) return;
            if (DateTime.UtcNow > until) throw new TimeoutException($"the storage is not {state}: {status}");
            await Task.Delay(100);
        }
    }

    private async Task RunAsync(string what, Func<RedisServer, Task> strike, Func<RedisServer, Task> heal)
    {
        var cluster = await struck.TakeAsync();
        var (gateway, victim) = (cluster.Silos[0].Address, cluster.Silos[2]);
        Assert.Equal(HttpStatusCode.OK, (await PutTrafficAsync(gateway, cluster.Models[0])).Status);
        await using var load = cluster.Load(200);
        load.Start();
        await Task.Delay(TimeSpan.FromSeconds(2));
        await strike(cluster.Redis);
        var back = Task.Delay(Outage);
        foreach (var model in cluster.Models.Take(3))
        {
            var (status, body) = await PutTrafficAsync(gateway, model);
            output.WriteLine($"{(int)status} {body}");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
            Assert.Contains("storage", body);
        }

        load.SendTo(cluster.Silos.Where(s => s != victim).Select(s => s.Address));
        victim.Process.Kill();
        await back;
        await heal(cluster.Redis);
        var whole = await RunningCluster.WholeAsync(Models * 2, gateway, victim, Recovery);
        await UntilStorageAsync(gateway, "ok");
        Assert.Equal(HttpStatusCode.OK, (await PutTrafficAsync(gateway, cluster.Models[1])).Status);
        var table = new ChaosTable(output, Bound);
        table.Add($"{what} for {Outage.TotalSeconds} s, a silo killed meanwhile", 1, (await load.StopAsync()).Without(victim.Address), whole);
        table.Judge();
        await victim.DisposeAsync();
        victim.Start();
        await victim.ReadyAsync(Recovery);
        struck.GiveBack();
    }
}
