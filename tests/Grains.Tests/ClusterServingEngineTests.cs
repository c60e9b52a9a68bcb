using Grains.Hosting;
using Serving;
using Serving.Contract;

namespace Grains.Tests;

/// <summary>The contract on a cluster of two silos, each model loaded once: what one silo does not hold goes to the other.</summary>
public sealed class ClusterServingEngineTests(ClusterServingEngineTests.Fixture samples)
    : ServingEngineContract, IClassFixture<ClusterServingEngineTests.Fixture>
{
    protected override ValueTask<IServingEngine> EngineAsync() => new(samples.Silos.Engines[0]);

    public sealed class Fixture : IAsyncLifetime
    {
        internal TestSilos Silos { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Silos = await TestSilos.StartAsync(2, new SiloServingOptions
            {
                Serving = new ServingOptions { ModelRepositories = [Samples.Repository], ControlMode = ControlMode.None }, Replicas = 1,
            });
        }

        public async Task DisposeAsync() => await Silos.DisposeAsync();
    }
}
