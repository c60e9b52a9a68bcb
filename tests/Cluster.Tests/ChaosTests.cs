using System.Diagnostics;
using System.Globalization;
using Cluster.Tests.Load;
using Cluster.Tests.Processes;
using Xunit.Abstractions;

namespace Cluster.Tests;

/// <summary>
/// Three silos in processes of their own, 50 models with two replicas each, 200 requests a second: silos are killed, frozen and stopped,
/// and no request at a living gateway fails or takes more than two seconds. <c>CHAOS_ROUNDS</c> repeats each event;
/// <c>tests/chaos/cluster</c> does it ten times and prints the table.
/// </summary>
[Collection(StruckCluster.Name)]
public sealed class ChaosTests(StruckCluster struck, ITestOutputHelper output)
{
    private const int Models = StruckCluster.Models;
    private const int PerSecond = 200;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Recovery = TimeSpan.FromMinutes(1);
    private static readonly int Rounds = int.Parse(Environment.GetEnvironmentVariable("CHAOS_ROUNDS") ?? "1", CultureInfo.InvariantCulture);

    [RedisFact]
    public Task Kill_OneOfThree_CostsNoRequest() => RunAsync("kill -9", silo =>
    {
        silo.Process.Kill();
        return Task.CompletedTask;
    });

    [RedisFact]
    public Task Hang_OneOfThree_CostsNoRequest() => RunAsync("SIGSTOP for 20 s", async silo =>
    {
        silo.Process.Freeze();
        await Task.Delay(TimeSpan.FromSeconds(20));
        silo.Process.Resume();
    });

    [RedisFact]
    public Task Terminate_OneOfThree_CostsNoRequest() => RunAsync("SIGTERM", silo =>
    {
        silo.Process.Terminate();
        return Task.CompletedTask;
    });

    [RedisFact]
    public async Task Restart_AllOneByOne_CostsNoRequest()
    {
        var table = new ChaosTable(output, Bound);
        var cluster = await struck.TakeAsync();
        for (var round = 1; round <= Rounds; round++)
        {
            await using var load = cluster.Load(PerSecond);
            load.Start();
            var longest = TimeSpan.Zero;
            foreach (var silo in cluster.Silos)
            {
                load.SendTo(Others(cluster, silo));
                silo.Process.Terminate();
                Assert.Equal(0, await silo.Process.ExitAsync(Recovery));
                var down = Stopwatch.StartNew();
                await ComeBackAsync(cluster, silo, load);
                await RunningCluster.WholeAsync(Models * 2, silo.Address, without: null, Recovery);
                if (down.Elapsed > longest) longest = down.Elapsed;
            }

            table.Add("rolling restart", round, await load.StopAsync(), longest);
        }

        table.Judge();
        struck.GiveBack();
    }

    private static Uri[] Others(RunningCluster cluster, SiloProcess silo) => [.. cluster.Silos.Where(s => s != silo).Select(s => s.Address)];

    private static async Task ComeBackAsync(RunningCluster cluster, SiloProcess silo, SteadyLoad load)
    {
        await silo.DisposeAsync();
        silo.Start();
        await silo.ReadyAsync(Recovery);
        load.SendTo(cluster.Silos.Select(s => s.Address));
        await Task.Delay(TimeSpan.FromSeconds(2));
    }

    /// <summary>Strikes one silo, and has it back, under load. A silo that was frozen finds that it was declared dead, and ends.</summary>
    private async Task RunAsync(string what, Func<SiloProcess, Task> strike)
    {
        var table = new ChaosTable(output, Bound);
        var cluster = await struck.TakeAsync();
        for (var round = 1; round <= Rounds; round++)
        {
            var victim = cluster.Silos[round % cluster.Silos.Count];
            await RunningCluster.WholeAsync(Models * 2, cluster.Silos[0].Address, without: null, Recovery);
            await using var load = cluster.Load(PerSecond);
            load.Start();
            await Task.Delay(TimeSpan.FromSeconds(2));
            load.SendTo(Others(cluster, victim));
            var striking = strike(victim);
            var whole = await RunningCluster.WholeAsync(Models * 2, Others(cluster, victim)[0], victim, Recovery);
            await striking;
            await victim.Process.ExitAsync(Recovery);
            await ComeBackAsync(cluster, victim, load);

            // What was under way at the struck gateway itself went with it.
            table.Add(what, round, (await load.StopAsync()).Without(victim.Address), whole);
        }

        table.Judge();
        struck.GiveBack();
    }
}
