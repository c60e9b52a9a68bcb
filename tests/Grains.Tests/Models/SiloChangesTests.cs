using Serving;

namespace Grains.Tests.Models;

/// <summary>Silos come and go, and requests do not notice.</summary>
public sealed class SiloChangesTests
{
    private static readonly string[] Models = [.. Enumerable.Range(0, 12).Select(i => $"m{i}")];

    [Fact]
    public async Task Silo_Joins_TakesItsShareWithoutAFailure()
    {
        using var repository = Repository();
        await using var silos = await TestSilos.StartAsync(repository);
        var ready = silos.Engines;
        await using var load = new BackgroundLoad(() => ready, Models);

        await silos.Cluster.StartAdditionalSiloAsync();
        await silos.UntilAsync(async () => await silos.Engines[2].IsReadyAsync(default));
        ready = silos.Engines;
        await silos.UntilAsync(async () => (await silos.Status(2).ReadAsync()).Silos is { Count: 3 } all && all.All(s => s.MemoryUsed > 0));
        await silos.UntilAsync(async () => await IsWholeAsync(silos));

        Assert.Empty(await load.StopAsync());
    }

    [Fact]
    public async Task Silo_Killed_OthersServeAndReplicasComeBack()
    {
        using var repository = Repository();
        await using var silos = await TestSilos.StartAsync(repository, count: 3);
        await silos.UntilAsync(async () => await IsWholeAsync(silos));
        var survivors = silos.Engines.Take(2).ToArray();
        await using var load = new BackgroundLoad(() => survivors, Models);

        await silos.Cluster.KillSiloAsync(silos.Cluster.Silos[2]);
        await silos.UntilAsync(async () => await IsWholeAsync(silos));

        Assert.Empty(await load.StopAsync());
    }

    [Fact]
    public async Task Silo_StopsInOrder_HandsItsReplicasOver()
    {
        using var repository = Repository();
        await using var silos = await TestSilos.StartAsync(repository, count: 3);
        await silos.UntilAsync(async () => await IsWholeAsync(silos));
        var stayers = silos.Engines.Take(2).ToArray();
        await using var load = new BackgroundLoad(() => stayers, Models);

        await silos.Cluster.StopSiloAsync(silos.Cluster.Silos[2]);

        await silos.UntilAsync(async () => await IsWholeAsync(silos));
        Assert.Empty(await load.StopAsync());
    }

    [Fact]
    public async Task LittleMemory_EveryModelAnswersInTurn()
    {
        using var repository = Repository();
        await using var silos = await TestSilos.StartAsync(repository, replicas: 1, budget: 5 << 20);
        var engines = silos.Engines;

        for (var round = 0; round < 2; round++)
        {
            foreach (var model in Models)
            {
                var outcome = await TestSilos.InferAsync(engines[round], model);
                Assert.True(outcome.IsSuccess, $"{model}: {outcome.Error?.Message}");
            }
        }

        await silos.UntilAsync(async () => (await silos.Status(0).ReadAsync()).Silos.All(silo => silo.MemoryUsed > 0));
        Assert.All((await silos.Status(0).ReadAsync()).Silos, silo => Assert.InRange(silo.MemoryUsed, 1, 5 << 20));
    }

    private static TestRepository Repository()
    {
        var repository = new TestRepository();
        foreach (var model in Models) repository.Add(model, 1);
        return repository;
    }

    private static async Task<bool> IsWholeAsync(TestSilos silos) =>
        await silos.Status(0).ReadAsync() is { ReplicasElsewhere: 0 } status && status.Replicas == 2 * Models.Length;
}
