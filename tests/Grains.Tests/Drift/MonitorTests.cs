using System.Text;
using Serving;
using Serving.Drift;

namespace Grains.Tests.Drift;

/// <summary>Baselines and monitors when silos and storage come and go.</summary>
public sealed class MonitorTests
{
    private static readonly byte[] Baseline = Encoding.UTF8.GetBytes(
        $"{{\"columns\": {{{string.Join(',', Enumerable.Range(0, 4).Select(c => $"\"input[{c}]\": [{string.Join(',', Enumerable.Range(0, 200))}]"))}}}}}");

    [Fact]
    public async Task Baseline_EverySiloGone_IsInForceAgain()
    {
        using var repository = Repository();
        var storage = new TestStorage();
        string hash;
        await using (var silos = await TestSilos.StartAsync(repository, storage: storage))
        {
            hash = (await silos.Engines[0].Drift.PutBaselineAsync("a", "1", Baseline, BaselineFormat.Json, default)).Value.Baseline!.Hash;
            (await TestSilos.InferAsync(silos.Engines[1], "a")).Value.Dispose();
            Assert.Equal(1, (await silos.Engines[0].Drift.GetDriftAsync("a", "1", default)).Value.Windows[0].Count);
        }

        await using var again = await TestSilos.StartAsync(repository, storage: storage);
        await again.UntilAsync(async () => (await again.Engines[1].Drift.ListAsync(default)) is { IsSuccess: true, Value: [{ Nodes.Count: >= 2 }] });
        var report = (await again.Engines[1].Drift.GetDriftAsync("a", "1", default)).Value;

        Assert.Equal(hash, report.Baseline!.Hash);
        Assert.Equal(1, report.Windows.Sum(w => w.Count));
    }

    [Fact]
    public async Task Baseline_StorageDown_IsRefusedAndNothingChanges()
    {
        using var repository = Repository();
        await using var silos = await TestSilos.StartAsync(repository);
        var before = (await silos.Engines[0].Drift.PutBaselineAsync("a", "1", Baseline, BaselineFormat.Json, default)).Value.Baseline!.Hash;
        silos.Storage.IsDown = true;

        var refused = await silos.Engines[1].Drift.PutBaselineAsync("a", "1", "{\"learn\":{\"requests\":10}}"u8.ToArray(), BaselineFormat.Json, default);
        Assert.Equal(ErrorCode.ModelNotReady, refused.Error!.Code);
        Assert.NotNull(refused.Error.RetryAfter);
        (await TestSilos.InferAsync(silos.Engines[0], "a")).Value.Dispose();
        silos.Storage.IsDown = false;

        var report = (await silos.Engines[1].Drift.GetDriftAsync("a", "1", default)).Value;
        Assert.Equal(before, report.Baseline!.Hash);
        Assert.Equal(1, report.Windows[0].Count);
    }

    [Fact]
    public async Task Learn_OnTwoSilos_TakesRowsOfBoth()
    {
        using var repository = Repository();
        await using var silos = await TestSilos.StartAsync(repository);
        var status = (await silos.Engines[0].Drift.PutBaselineAsync("a", "1", "{\"learn\":{\"requests\":60}}"u8.ToArray(), BaselineFormat.Json, default)).Value;
        Assert.Equal((60, 0), (status.Learning!.Wanted, status.Learning.Seen));

        for (var i = 0; i < 30; i++)
            foreach (var engine in silos.Engines) (await TestSilos.InferAsync(engine, "a")).Value.Dispose();

        await silos.UntilAsync(async () => (await silos.Engines[1].Drift.GetDriftAsync("a", "1", default)).Value.Baseline is { Count: 60 });
    }

    [Fact]
    public async Task Baseline_InTheFolder_IsUsed_UntilItIsRemoved()
    {
        using var repository = Repository();
        File.Copy(Path.Combine(Samples.Repository, "iris", "baseline.csv"), Path.Combine(repository.Path, "a", "baseline.csv"));
        await using var silos = await TestSilos.StartAsync(repository);

        await silos.UntilAsync(async () => (await silos.Engines[1].Drift.GetDriftAsync("a", "1", default)) is { IsSuccess: true });
        Assert.Null((await silos.Engines[0].Drift.DeleteBaselineAsync("a", "1", default)).Error);
        Assert.Equal(ErrorCode.NotFound, (await silos.Engines[1].Drift.GetDriftAsync("a", "1", default)).Error!.Code);
    }

    private static TestRepository Repository()
    {
        var repository = new TestRepository();
        repository.Add("a", 1);
        return repository;
    }
}
