using Orleans.Runtime;
using Serving;
using Serving.Inference;
using Serving.Routing;
using Serving.Routing.Rollouts;

namespace Grains.Tests.Routing;

/// <summary>Traffic documents and rollouts in a cluster.</summary>
public sealed class TrafficTests
{
    [Fact]
    public async Task Put_OnOneSilo_IsInForceOnBoth()
    {
        using var repository = TwoVersions();
        await using var silos = await TestSilos.StartAsync(repository);
        var document = new TrafficDocument { Variants = [new("1", 100, "stable"), new("2", 0, "canary")] };

        var put = (await silos.Engines[0].Traffic.PutAsync("a", document, null, default)).Value;
        Assert.Equal(1, put.Epoch);
        await silos.UntilAsync(async () => (await TestSilos.InferAsync(silos.Engines[1], "a")).Value.Route is { Version: "1", Reason: RouteReason.Weight, Epoch: 1 });
        Assert.Equal("2", (await TestSilos.InferAsync(silos.Engines[1], "a", "canary")).Value.Version);

        Assert.Equal(ErrorCode.StaleMatch, (await silos.Engines[1].Traffic.PutAsync("a", document, match: 7, default)).Error!.Code);
        Assert.Null((await silos.Engines[1].Traffic.DeleteAsync("a", match: 1, default)).Error);
        await silos.UntilAsync(async () => (await TestSilos.InferAsync(silos.Engines[0], "a")).Value.Route is { Version: "2", Reason: RouteReason.Only, Epoch: 2 });
    }

    [Fact]
    public async Task Put_ModelsGrainIsNotActive_DoesNotWaitForItself()
    {
        using var repository = TwoVersions();
        await using var silos = await TestSilos.StartAsync(repository);
        await silos.UntilAsync(async () => (await TestSilos.InferAsync(silos.Engines[0], "a", "1")).IsSuccess);
        for (var i = 1; i <= 3; i++)
        {
            // The router tells the model's grain, which asks the router when it starts.
            await silos.Cluster.Client.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);
            var put = silos.Engines[0].Traffic.PutAsync("a", new TrafficDocument { Variants = [new("1", i, null)] }, null, default).AsTask();

            Assert.Equal(i, (await put.WaitAsync(TimeSpan.FromSeconds(8))).Value.Epoch);
        }
    }

    [Fact]
    public async Task Put_SiloOfTheRouterDies_StaysInForce()
    {
        using var repository = TwoVersions();
        await using var silos = await TestSilos.StartAsync(repository, count: 3);
        await silos.Engines[0].Traffic.PutAsync("a", new TrafficDocument { Variants = [new("1", 1, null)] }, null, default);
        await silos.UntilAsync(async () => (await TestSilos.InferAsync(silos.Engines[0], "a")).Value.Version == "1");

        await silos.Cluster.KillSiloAsync(silos.Cluster.Silos[2]);
        for (var i = 0; i < 20; i++) Assert.Equal("1", (await TestSilos.InferAsync(silos.Engines[i % 2], "a")).Value.Version);
        await silos.UntilAsync(async () => (await silos.Engines[1].Traffic.GetAsync("a", default)) is { IsSuccess: true, Value.Epoch: 1 });
    }

    [Fact]
    public async Task Rollout_RequestsOnBothSilos_AreCountedAndPromote()
    {
        using var repository = TwoVersions();
        await using var silos = await TestSilos.StartAsync(repository);
        await silos.Engines[0].Traffic.PutAsync("a", new TrafficDocument { Variants = [new("1", 1, "stable")] }, null, default);
        var spec = new RolloutSpec { To = "2", Steps = [50, 100], StepSeconds = 0, StepRequests = 40, Guards = new() { ErrorRate = new() } };
        Assert.Null((await silos.Engines[0].Traffic.StartRolloutAsync("a", spec, default)).Error);

        await using var load = new BackgroundLoad(() => silos.Engines, "a");
        await silos.UntilAsync(async () => (await silos.Engines[1].Traffic.GetRolloutAsync("a", default)).Value.State == RolloutPhase.Completed);
        await silos.UntilAsync(async () => (await TestSilos.InferAsync(silos.Engines[1], "a")).Value.Version == "2");

        Assert.Empty(await load.StopAsync());
        var status = (await silos.Engines[0].Traffic.GetRolloutAsync("a", default)).Value;
        Assert.True(status.Canary.Requests >= 40);
    }

    private static TestRepository TwoVersions()
    {
        var repository = new TestRepository();
        repository.Configure("a", """{"version_policy":{"all":{}}}""");
        repository.Add("a", 1);
        repository.Add("a", 2, sample: 2);
        return repository;
    }
}
