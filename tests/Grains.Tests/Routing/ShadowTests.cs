using Serving.Routing;
using Serving.Routing.Shadows;

namespace Grains.Tests.Routing;

/// <summary>Shadows over several silos: copies go to where the shadow is, and the answer is the sum, whoever is asked.</summary>
public sealed class ShadowTests
{
    private static readonly TrafficDocument Shadowed = new() { Variants = [new("1", 100, "stable")], Shadows = [new("2", 100)] };

    [Fact]
    public async Task Read_AnyEngine_HasTheSumOfAllSilos()
    {
        using var repository = TwoVersions();
        await using var silos = await TestSilos.StartAsync(repository, count: 3, replicas: 1);
        await PutAsync(silos);
        for (var i = 0; i < 10; i++)
            foreach (var engine in silos.Engines) (await TestSilos.InferAsync(engine, "a")).Value.Dispose();

        foreach (var engine in silos.Engines.Append(silos.ClientEngine))
        {
            ShadowReport shadow = null!;
            await silos.UntilAsync(async () => (shadow = Assert.Single((await engine.Traffic.GetShadowsAsync("a", default)).Value)) is { } read
                && read.Sent + read.Dropped == 30 && read.Compared + read.Failed == read.Sent);
            Assert.Equal(0, shadow.Failed);
            Assert.Equal(shadow.Compared, shadow.Agreed);
            Assert.Equal(3, shadow.Nodes!.Count(n => !n.IsSilent));
        }
    }

    [Fact]
    public async Task Read_SiloThatToldWasKilled_HasItsCountsAndSaysSo()
    {
        using var repository = TwoVersions();
        await using var silos = await TestSilos.StartAsync(repository, count: 3, replicas: 3);
        await silos.UntilAsync(async () => (await silos.Status(0).ReadAsync()).Replicas == 6);
        await PutAsync(silos);
        for (var i = 0; i < 20; i++) (await TestSilos.InferAsync(silos.Engines[2], "a")).Value.Dispose();
        await silos.UntilAsync(async () => await ReadAsync(silos) is { } read && read.Sent + read.Dropped == 20 && read.Compared == read.Sent);
        var name = silos.Cluster.Silos[2].Name;
        await silos.Cluster.KillSiloAsync(silos.Cluster.Silos[2]);
        for (var i = 0; i < 5; i++) (await TestSilos.InferAsync(silos.Engines[0], "a")).Value.Dispose();
        await silos.UntilAsync(async () => await ReadAsync(silos) is { } read && read.Sent + read.Dropped == 25 && read.Compared + read.Failed == read.Sent
            && read.Nodes!.Any(n => n.IsSilent));

        Assert.Equal(name, Assert.Single((await ReadAsync(silos))!.Nodes!, n => n.IsSilent).Node);
    }

    private static async Task PutAsync(TestSilos silos)
    {
        var put = (await silos.Engines[0].Traffic.PutAsync("a", Shadowed, null, default)).Value;

        // The shadow's own answers have no shadow.
        foreach (var engine in silos.Engines)
            await silos.UntilAsync(async () => (await TestSilos.InferAsync(engine, "a", "2")).Value.Route.Epoch == put.Epoch);
    }

    private static async Task<ShadowReport?> ReadAsync(TestSilos silos) =>
        (await silos.Engines[0].Traffic.GetShadowsAsync("a", default)) is { IsSuccess: true, Value: [var one] } ? one : null;

    private static TestRepository TwoVersions()
    {
        var repository = new TestRepository();
        repository.Add("a", 1);
        repository.Add("a", 2, sample: 2);
        repository.Configure("a", """{"version_policy": {"all": {}}}""");
        return repository;
    }
}
