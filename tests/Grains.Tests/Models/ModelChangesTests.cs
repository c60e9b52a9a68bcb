using Grains.Models;
using Grains.Routing;
using Serving;
using Serving.Models;

namespace Grains.Tests.Models;

/// <summary>The repository changes, and the cluster follows.</summary>
public sealed class ModelChangesTests
{
    [Fact]
    public async Task NewVersion_UnderLoad_TakesOverWithoutAFailure()
    {
        using var repository = new TestRepository();
        repository.Add("a", 1);
        await using var silos = await TestSilos.StartAsync(repository);
        await using var load = new BackgroundLoad(() => silos.Engines, "a");

        repository.Add("a", 2, sample: 2);
        foreach (var engine in silos.Engines) await silos.UntilAsync(async () => (await TestSilos.InferAsync(engine, "a")).Value.Version == "2");
        await silos.UntilAsync(async () => (await silos.Engines[1].Models.ListAsync(default)) is [{ Version: "2" }]);

        Assert.Empty(await load.StopAsync());
        Assert.True(load.Answered > 50);
        Assert.Equal(ErrorCode.VersionNotFound, (await TestSilos.InferAsync(silos.Engines[1], "a", "1")).Error!.Code);
    }

    [Fact]
    public async Task BrokenVersion_Arrives_TheOldOneServesOn()
    {
        using var repository = new TestRepository();
        repository.Add("a", 1);
        await using var silos = await TestSilos.StartAsync(repository);
        await using var load = new BackgroundLoad(() => silos.Engines, "a");

        repository.Break("a", 2);
        await silos.UntilAsync(async () => (await silos.Engines[0].Models.ListAsync(default)).Any(row => row is { Version: "2", State: ModelState.Unavailable }));

        Assert.Empty(await load.StopAsync());
        Assert.Equal("1", (await TestSilos.InferAsync(silos.Engines[1], "a")).Value.Version);
        var row = (await silos.Engines[0].Models.ListAsync(default)).Single(r => r.Version == "2");
        Assert.NotNull(row.Reason);
    }

    [Fact]
    public async Task ChangedFile_SameVersion_IsLoadedBesideTheOldCopy()
    {
        using var repository = new TestRepository();
        repository.Add("a", 1);
        await using var silos = await TestSilos.StartAsync(repository);
        using var before = (await TestSilos.InferAsync(silos.Engines[0], "a")).Value;
        await using var load = new BackgroundLoad(() => silos.Engines, "a");

        File.Copy(Path.Combine(Samples.Repository, "iris", "2", "model.onnx"), Path.Combine(repository.Path, "a", "1", "model.onnx"), overwrite: true);
        foreach (var engine in silos.Engines)
        {
            await silos.UntilAsync(async () =>
            {
                using var now = (await TestSilos.InferAsync(engine, "a")).Value;
                return !now.Outputs[1].Data.Span.SequenceEqual(before.Outputs[1].Data.Span);
            });
        }

        Assert.Empty(await load.StopAsync());
    }

    [Fact]
    public async Task NothingChanges_NoRowIsPublished_UnlessTheTableLacksIt()
    {
        using var repository = new TestRepository();
        repository.Add("a", 1);
        await using var silos = await TestSilos.StartAsync(repository);
        await silos.UntilAsync(async () => (await silos.Status(0).ReadAsync()).Replicas == 2);
        var (table, model) = (silos.Cluster.Client.GetGrain<IRouteTable>(0), silos.Cluster.Client.GetGrain<IModelGrain>("a"));

        // What it does by itself every half a minute.
        await model.Observe(null);
        var before = await table.GetIfNewer(0, 0);
        for (var i = 0; i < 3; i++) await model.Observe(null);
        var after = await table.GetIfNewer(0, 0);
        Assert.Equal((before.Version, before.Models[0].Number), (after.Version, after.Models[0].Number));

        // Somebody else's row under a number of its own does not stay.
        var row = after.Models[0];
        await table.Publish(new ModelRow { Model = "a", Number = row.Number + 1, Versions = [], Index = row.Index });
        await model.Observe(null);
        Assert.Single((await table.GetRow("a"))!.Row!.Versions);
    }

    [Fact]
    public async Task RemovedModel_IsForgotten()
    {
        using var repository = new TestRepository();
        repository.Add("a", 1);
        repository.Add("b", 1);
        await using var silos = await TestSilos.StartAsync(repository);

        repository.Remove("a");
        foreach (var engine in silos.Engines)
            await silos.UntilAsync(async () => (await TestSilos.InferAsync(engine, "a")).Error?.Code == ErrorCode.ModelNotFound);

        Assert.Equal("b", Assert.Single(await silos.Engines[0].Models.ListAsync(default)).Name);
        await silos.UntilAsync(async () => (await silos.Status(0).ReadAsync()).Replicas == 2);
    }

    [Fact]
    public async Task Explicit_LoadAndUnload_AreWaitedFor()
    {
        using var repository = new TestRepository();
        repository.Add("a", 1);
        await using var silos = await TestSilos.StartAsync(repository, mode: ControlMode.Explicit);
        var (one, other) = (silos.Engines[0], silos.Engines[1]);
        Assert.Equal(ErrorCode.ModelNotReady, (await TestSilos.InferAsync(one, "a")).Error!.Code);

        Assert.Null((await one.Models.LoadAsync(Load("a"), default)).Error);
        Assert.Equal("1", (await TestSilos.InferAsync(other, "a")).Value.Version);
        Assert.Equal(ErrorCode.ModelNotFound, (await one.Models.LoadAsync(Load("nope"), default)).Error!.Code);

        Assert.Null((await one.Models.LoadAsync(Load("a", """{"max_batch_size": 3}"""), default)).Error);
        Assert.Equal(3, other.Models.GetMetadata("a", null).Value.MaxBatchSize);

        Assert.Null((await other.Models.UnloadAsync("a", default)).Error);
        Assert.Equal(ErrorCode.ModelNotReady, (await TestSilos.InferAsync(one, "a")).Error!.Code);
    }

    private static ModelLoadRequest Load(string model, string? config = null) => new(model, config, new Dictionary<string, ReadOnlyMemory<byte>>());
}
