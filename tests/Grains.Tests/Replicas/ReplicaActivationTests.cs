using System.Collections.Concurrent;
using Grains.Hosting;
using Grains.Replicas;
using Grains.Routing;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Core.Internal;
using Orleans.Metadata;
using Serving.Models;

namespace Grains.Tests.Replicas;

/// <summary>A silo that goes takes its own replicas with it and no others: those on other silos keep their activation and what they have loaded.</summary>
public sealed class ReplicaActivationTests
{
    private static readonly string[] Models = [.. Enumerable.Range(0, 12).Select(i => $"m{i}")];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SiloGoes_ReplicasOnTheOthersStayAsTheyAre(bool killed)
    {
        var activations = new Activations();
        using var repository = new TestRepository();
        foreach (var model in Models) repository.Add(model, 1);
        await using var silos = await TestSilos.StartAsync(repository, count: 3, services: services => services.AddSingleton<IConfigureGrainContextProvider>(activations));
        await silos.UntilAsync(async () => await IsWholeAsync(silos) && NoneWillMove(silos));
        var leaver = silos.Cluster.Silos[2];
        var stayers = silos.Cluster.Silos.Take(2).ToArray();
        var before = Replicas(silos).Where(replica => !replica.Key.Silo.Equals(leaver.SiloAddress)).ToArray();
        var held = before.ToDictionary(replica => replica.Key, replica => Served(silos, replica));
        var alive = before.ToDictionary(replica => replica.Key, replica => activations.Of(replica.Key)[^1]);
        Assert.InRange(before.Length, Models.Length, 2 * Models.Length - 1);
        Assert.All(held.Values, Assert.NotNull);

        await (killed ? silos.Cluster.KillSiloAsync(leaver) : silos.Cluster.StopSiloAsync(leaver));
        await silos.UntilAsync(async () => await IsWholeAsync(silos));

        foreach (var replica in before)
        {
            foreach (var stayer in stayers)
            {
                var grain = stayer.ServiceProvider.GetRequiredService<IGrainFactory>().GetGrain<IModelReplica>(replica.Key.ToString());
                Assert.Equal(replica.Key.Silo, await grain.Where());
            }

            Assert.Same(alive[replica.Key], activations.Of(replica.Key)[^1]);
            Assert.False(alive[replica.Key].Deactivated.IsCompleted);
            Assert.Same(held[replica.Key], Served(silos, replica));
        }
    }

    [Fact]
    public async Task ActivationIsLost_TheNextOneHoldsTheSameCopy()
    {
        var activations = new Activations();
        using var repository = new TestRepository();
        repository.Add("a", 1);
        await using var silos = await TestSilos.StartAsync(repository, services: services => services.AddSingleton<IConfigureGrainContextProvider>(activations));
        await silos.UntilAsync(async () => (await silos.Status(0).ReadAsync()).Replicas == 2);
        var replica = Replicas(silos)[0];
        var held = Served(silos, replica);
        var grain = silos.Cluster.Client.GetGrain<IModelReplica>(replica.Key.ToString());

        await grain.AsReference<IGrainManagementExtension>().DeactivateOnIdle();
        await activations.Of(replica.Key)[0].Deactivated;

        Assert.NotNull(await grain.GetStatistics());
        Assert.Equal(2, activations.Of(replica.Key).Count);
        Assert.Same(held, Served(silos, replica));
    }

    private static async Task<bool> IsWholeAsync(TestSilos silos) =>
        await silos.Status(0).ReadAsync() is { ReplicasElsewhere: 0 } status && status.Replicas == 2 * Models.Length;

    /// <summary>Whether the silo that came last has taken over its share.</summary>
    private static bool NoneWillMove(TestSilos silos) => Replicas(silos).GroupBy(replica => replica.Key.Model).All(model =>
        model.Select(replica => replica.Key.Silo).ToHashSet().SetEquals(
            silos.Cluster.Silos.OrderByDescending(silo => Rendezvous.Score($"{model.Key}/1", silo.Name)).Take(2).Select(silo => silo.SiloAddress)));

    private static (ReplicaKey Key, string Fingerprint)[] Replicas(TestSilos silos) =>
    [
        .. silos.Cluster.Silos[0].ServiceProvider.GetRequiredService<RouteFeed>().Table.Models.Values
            .SelectMany(model => model.Row.Versions.SelectMany(version => version.Replicas.Select(
                row => (new ReplicaKey(model.Name, version.Description.Version, row.Ordinal, row.Silo), version.Fingerprint)))),
    ];

    /// <summary>What the replica's silo has loaded in its name.</summary>
    private static ServedVersion? Served(TestSilos silos, (ReplicaKey Key, string Fingerprint) replica) => silos.Cluster.Silos
        .Single(silo => silo.SiloAddress.Equals(replica.Key.Silo)).ServiceProvider.GetRequiredService<ModelHost>()
        .Find(replica.Key.Model, long.Parse(replica.Key.Version), replica.Fingerprint);

    /// <summary>Every activation that any silo ever made.</summary>
    private sealed class Activations : IConfigureGrainContextProvider, IConfigureGrainContext
    {
        private readonly ConcurrentQueue<IGrainContext> all = [];

        public IReadOnlyList<IGrainContext> Of(ReplicaKey replica) => [.. all.Where(context => context.GrainId.Key.ToString() == replica.ToString())];

        public bool TryGetConfigurator(GrainType grainType, GrainProperties properties, out IConfigureGrainContext configurator)
        {
            configurator = this;
            return true;
        }

        public void Configure(IGrainContext context) => all.Enqueue(context);
    }
}
