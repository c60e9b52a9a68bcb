using System.Runtime.InteropServices;
using Grains.Client;
using Grains.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime.Hosting;
using Orleans.Serialization;
using Orleans.Storage;
using Orleans.TestingHost;
using Serving;
using Serving.Inference;

namespace Grains.Tests;

/// <summary>A cluster of silos inside this process: real grains and messages, membership and storage in memory.</summary>
internal sealed class TestSilos : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private TestSilos(InProcessTestCluster cluster, TestStorage storage)
    {
        Cluster = cluster;
        Storage = storage;
    }

    public TestStorage Storage { get; }

    public InProcessTestCluster Cluster { get; }

    /// <summary>The engines of the silos that live.</summary>
    public IReadOnlyList<IServingEngine> Engines => [.. Cluster.Silos.Select(s => s.ServiceProvider.GetRequiredService<IServingEngine>())];

    /// <summary>The engine of a client of the cluster.</summary>
    public IServingEngine ClientEngine => Cluster.Client.ServiceProvider.GetRequiredService<IServingEngine>();

    public static async Task<TestSilos> StartAsync(
        int count, SiloServingOptions options, TimeProvider? clock = null, TestStorage? storage = null, Action<IServiceCollection>? services = null)
    {
        storage ??= new TestStorage();
        var builder = new InProcessTestClusterBuilder((short)count);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddGrainStorage(StorageNames.Grains, (given, _) => storage.For(given.GetRequiredService<Serializer>()));
            if (clock is not null) silo.Services.AddSingleton(clock);
            services?.Invoke(silo.Services);
            silo.AddServing(options);

            // The test cluster's own directory; ours is the one above. By default it shuns a killed silo's part for 30 seconds.
            silo.Configure<GrainDirectoryOptions>(o => o.RangeLeaseDuration = TimeSpan.FromMilliseconds(200));
            silo.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        });
        builder.ConfigureClient(client => client.AddServing(new ServingClientOptions()));
        var cluster = builder.Build();
        await cluster.DeployAsync();
        var silos = new TestSilos(cluster, storage);
        await silos.UntilAsync(async () =>
        {
            foreach (var engine in silos.Engines.Append(silos.ClientEngine))
                if (!await engine.IsReadyAsync(CancellationToken.None)) return false;
            return true;
        });
        return silos;
    }

    /// <summary>Two silos over a repository that is watched closely.</summary>
    public static Task<TestSilos> StartAsync(
        TestRepository repository, int count = 2, int replicas = 2, ControlMode mode = ControlMode.Poll, long? budget = null, TestStorage? storage = null,
        TimeSpan? requestTimeout = null, Action<IServiceCollection>? services = null)
    {
        var options = new SiloServingOptions
        {
            Serving = new ServingOptions
            {
                ModelRepositories = [repository.Path], ControlMode = mode, PollInterval = TimeSpan.FromMilliseconds(200), SessionThreads = 1,
            },
            Replicas = replicas,
        };
        if (budget is { } bytes) options = options with { MemoryBudget = bytes };
        if (requestTimeout is { } limit) options = options with { RequestTimeout = limit };
        return StartAsync(count, options, storage: storage, services: services);
    }

    public static async Task<Outcome<InferenceResponse>> InferAsync(IServingEngine engine, string model, string? version = null, TimeSpan? timeout = null) =>
        await engine.InferAsync(
            new InferenceRequest
            {
                Model = model, Version = version, Id = "test", Timeout = timeout,
                Inputs = [new Tensor("input", TensorType.Fp32, [1, 4], MemoryMarshal.AsBytes<float>([5.1f, 3.5f, 1.4f, 0.2f]).ToArray())],
            },
            CancellationToken.None);

    public ClusterStatusReader Status(int silo) => Cluster.Silos[silo].ServiceProvider.GetRequiredService<ClusterStatusReader>();

    /// <summary>Waits for a condition, which other parts of the cluster bring about in their own time.</summary>
    public async Task UntilAsync(Func<Task<bool>> condition)
    {
        var until = DateTime.UtcNow + Patience;
        while (!await condition())
        {
            if (DateTime.UtcNow > until) throw new TimeoutException($"It did not come to pass. {await Status(0).ReadAsync()}");
            await Task.Delay(20);
        }
    }

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}
