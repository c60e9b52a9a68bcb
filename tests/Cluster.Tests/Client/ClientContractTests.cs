using Cluster.Tests.Processes;
using Grains.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Serving;
using Serving.Contract;

namespace Cluster.Tests.Client;

/// <summary>
/// The contract on three silo processes, through the .NET client: what the port promises holds over the silos' engine and two processes'
/// borders. Each version is loaded once, so that most requests have another hop before them. Where no Redis is installed, on one silo.
/// </summary>
public sealed class ClientContractTests(ClientContractTests.Fixture cluster) : ServingEngineContract, IClassFixture<ClientContractTests.Fixture>
{
    protected override ValueTask<IServingEngine> EngineAsync() => new(cluster.Engine);

    [RedisFact]
    public async Task Sample_ClassifiesAFlower()
    {
        var log = Path.GetTempFileName();
        await using (var sample = ChildProcess.Start(Checkout.Program("ServingClient.Sample"), [cluster.Silos!.Redis.Address], log))
            Assert.Equal(0, await sample.ExitAsync(TimeSpan.FromMinutes(1)));
        Assert.Contains("setosa (version=2;reason=only", await File.ReadAllTextAsync(log));
        File.Delete(log);
    }

    public sealed class Fixture : IAsyncLifetime
    {
        private readonly string folder = Directory.CreateTempSubdirectory("serving-silo-").FullName;
        private IHost host = null!;
        private SiloProcess? alone;

        internal RunningCluster? Silos { get; private set; }

        internal IServingEngine Engine => host.Services.GetRequiredService<IServingEngine>();

        public async Task InitializeAsync()
        {
            var reached = RedisServer.Missing is null ? await StartThreeAsync() : await StartOneAsync();
            host = new HostBuilder().ConfigureServices(services => services
                .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning)).AddServingClient(reached)).Build();
            await host.StartAsync();
        }

        public async Task DisposeAsync()
        {
            await host.StopAsync();
            host.Dispose();
            if (Silos is not null) await Silos.DisposeAsync();
            if (alone is not null) await alone.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        }

        private async Task<ServingClientOptions> StartThreeAsync()
        {
            Silos = await RunningCluster.StartAsync(silos: 3, models: 0, "--replicas", "1", "--model-control-mode", "none");
            return new ServingClientOptions { Redis = Silos.Redis.Address };
        }

        private async Task<ServingClientOptions> StartOneAsync()
        {
            alone = new SiloProcess("silo-1", folder, ["--model-repository", Checkout.Samples, "--model-control-mode", "none"]);
            alone.Start();
            await alone.ReadyAsync(TimeSpan.FromMinutes(1));
            return new ServingClientOptions { ClientPort = alone.ClientPort };
        }
    }
}
