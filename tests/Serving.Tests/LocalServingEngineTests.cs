using Microsoft.Extensions.Logging.Abstractions;
using Serving.Contract;

namespace Serving.Tests;

public sealed class LocalServingEngineTests(LocalServingEngineTests.Fixture samples) : ServingEngineContract, IClassFixture<LocalServingEngineTests.Fixture>
{
    protected override async ValueTask<IServingEngine> EngineAsync()
    {
        await samples.Serving.Started;
        return samples.Serving.Engine;
    }

    public sealed class Fixture : IAsyncLifetime
    {
        public LocalServing Serving { get; } = LocalServing.Start(
            new ServingOptions { ModelRepositories = [Samples.Repository], ControlMode = ControlMode.None }, NullLoggerFactory.Instance);

        public Task InitializeAsync() => Task.CompletedTask;

        public async Task DisposeAsync() => await Serving.DisposeAsync();
    }
}
