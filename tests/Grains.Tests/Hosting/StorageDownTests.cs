using Grains.Tests.Drift;
using Orleans.Runtime;
using Serving;
using Serving.Drift;
using Serving.Models;
using Serving.Routing;

namespace Grains.Tests.Hosting;

/// <summary>Storage that is away refuses changes for now and stops no request, also where a change's grain cannot even come up.</summary>
public sealed class StorageDownTests
{
    private static readonly Dictionary<string, ReadOnlyMemory<byte>> NoFiles = [];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Changes_AreRefusedForNow(bool byClient)
    {
        using var repository = new TestRepository();
        repository.Add("a", 1);
        await using var silos = await TestSilos.StartAsync(repository, mode: ControlMode.Explicit);
        Assert.Null((await silos.Engines[0].Models.LoadAsync(new ModelLoadRequest("a", null, NoFiles), default)).Error);
        var engine = byClient ? silos.ClientEngine : silos.Engines[1];
        await silos.UntilAsync(() => Task.FromResult(engine.Models.GetMetadata("a", null).IsSuccess));

        silos.Storage.IsDown = true;
        await silos.Cluster.Client.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);
        var refusals = new Dictionary<string, ServingError?>
        {
            ["traffic"] = (await engine.Traffic.PutAsync("a", new TrafficDocument { Variants = [new("1", 1, null)] }, null, default)).Error,
            ["rollout"] = (await engine.Traffic.RollBackAsync("a", default)).Error,
            ["baseline"] = (await engine.Drift.PutBaselineAsync("a", "1", NumberedRows.Baseline(), BaselineFormat.Json, default)).Error,
            ["events"] = (await engine.Drift.GetEventsAsync("a", "1", default)).Error,
            ["truth"] = (await engine.Quality.PostFeedbackAsync("a", [new Feedback("r", 0, "setosa", null)], default)).Error,
            ["unload"] = (await engine.Models.UnloadAsync("a", default)).Error,
        };

        Assert.All(refusals, one => Assert.True(one.Value is { Code: ErrorCode.ModelNotReady, RetryAfter: not null }, $"{one.Key}: {one.Value}"));
        Assert.True((await TestSilos.InferAsync(engine, "a")).IsSuccess);
        silos.Storage.IsDown = false;
        await silos.UntilAsync(async () => (await engine.Traffic.PutAsync("a", new TrafficDocument { Variants = [new("1", 1, null)] }, null, default)).IsSuccess);
    }
}
