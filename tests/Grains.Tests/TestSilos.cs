using Grains.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Runtime.Hosting;
using Orleans.TestingHost;
using Serving;

namespace Grains.Tests;

/// <summary>A cluster of silos inside this process: real grains and messages, membership and storage in memory.</summary>
internal sealed class TestSilos : IAsyncDisposable
{
    private readonly InProcessTestCluster cluster;

    private TestSilos(InProcessTestCluster cluster) => this.cluster = cluster;

    public IReadOnlyList<IServingEngine> Engines => [.. cluster.Silos.Select(s => s.ServiceProvider.GetRequiredService<IServingEngine>())];

    public InProcessTestCluster Cluster => cluster;

    public static async Task<TestSilos> StartAsync(int count, SiloServingOptions options)
    {
        var directory = new InProcessDirectory();
        var builder = new InProcessTestClusterBuilder((short)count);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddMemoryGrainStorage(StorageNames.Grains);
            silo.AddGrainDirectory(StorageNames.ReplicaDirectory, (_, _) => directory);
            silo.AddServing(options);
        });
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new TestSilos(cluster);
    }

    /// <summary>Waits until every silo has all models.</summary>
    public async Task ReadyAsync()
    {
        foreach (var engine in Engines)
            while (!await engine.IsReadyAsync(CancellationToken.None)) await Task.Delay(20);
    }

    public ValueTask DisposeAsync() => cluster.DisposeAsync();
}
