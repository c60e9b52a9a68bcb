using Grains.Client;
using Grains.Hosting;
using Serving;
using Serving.Contract;
using Serving.Inference;
using Serving.Routing;

namespace Grains.Tests.Client;

/// <summary>The contract on a client of a cluster of two silos, and what only a client can get wrong.</summary>
public sealed class ClientServingEngineTests(ClientServingEngineTests.Fixture samples) : ServingEngineContract, IClassFixture<ClientServingEngineTests.Fixture>
{
    protected override ValueTask<IServingEngine> EngineAsync() => new(samples.Silos.ClientEngine);

    [Fact]
    public async Task Traffic_SetByTheClient_DecidesByTheClientsAttributes()
    {
        var engine = await EngineAsync();
        var document = new TrafficDocument
        {
            Variants = [new TrafficVariant("1", 1, "stable"), new TrafficVariant("2", 0, "canary")],
            Rules = [new TrafficRule(new AttributeSource(AttributeKind.Header, "X-Tenant"), "acme", "canary")],
        };
        var put = (await engine.Traffic.PutAsync("iris", document, null, CancellationToken.None)).Value;
        try
        {
            await samples.Silos.UntilAsync(() => Task.FromResult(engine.Models.GetMetadata("iris", null).Value.Version == "1"));
            Assert.Equal("2", engine.Models.GetMetadata("iris", "canary").Value.Version);
            Assert.Equal(put.Epoch, (await engine.Traffic.GetAsync("iris", CancellationToken.None)).Value.Epoch);

            using var plain = (await InferAsync(engine, null)).Value;
            using var acme = (await InferAsync(engine, new Headers("acme"))).Value;

            Assert.Equal(("1", RouteReason.Weight), (plain.Route.Version, plain.Route.Reason));
            Assert.Equal(("2", "canary", RouteReason.Rule, put.Epoch), (acme.Route.Version, acme.Route.Variant, acme.Route.Reason, acme.Route.Epoch));
        }
        finally
        {
            await engine.Traffic.DeleteAsync("iris", null, CancellationToken.None);
            await samples.Silos.UntilAsync(() => Task.FromResult(engine.Models.GetMetadata("iris", null).Value.Version == "2"));
        }
    }

    [Fact]
    public async Task Infer_ATimeOfItsOwn_IsKept()
    {
        var engine = await EngineAsync();
        var outcome = await TestSilos.InferAsync(engine, "iris", timeout: TimeSpan.FromTicks(1));

        Assert.Equal(ErrorCode.DeadlineExceeded, outcome.Error!.Code);
    }

    private static async Task<Outcome<InferenceResponse>> InferAsync(IServingEngine engine, IRequestAttributes? attributes) => await engine.InferAsync(
        new InferenceRequest { Model = "iris", Id = "test", Inputs = [new Tensor("input", TensorType.Fp32, [1, 4], new byte[16])], Attributes = attributes },
        CancellationToken.None);

    private sealed class Headers(string tenant) : IRequestAttributes
    {
        public string? Header(string name) => name.Equals("x-tenant", StringComparison.OrdinalIgnoreCase) ? tenant : null;

        public string? Parameter(string name) => null;
    }

    public sealed class Fixture : IAsyncLifetime
    {
        internal TestSilos Silos { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Silos = await TestSilos.StartAsync(2, new SiloServingOptions
            {
                Serving = new ServingOptions { ModelRepositories = [Samples.Repository], ControlMode = ControlMode.None }, Replicas = 1,
            });
            await Silos.UntilAsync(() => Task.FromResult(Silos.ClientEngine.Models.GetMetadata("iris", null).IsSuccess));
        }

        public async Task DisposeAsync() => await Silos.DisposeAsync();
    }
}
