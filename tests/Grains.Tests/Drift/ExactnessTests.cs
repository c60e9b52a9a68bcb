using System.Text.Json;
using Grains.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Serving;
using Serving.Drift;
using Serving.Inference;

namespace Grains.Tests.Drift;

/// <summary>
/// The same observations through one, two and four silos give the windows that one process gives, to the last digit; what a killed silo
/// had not sent is missing, and the report says from when on.
/// </summary>
public sealed class ExactnessTests
{
    private const int PerSecond = 10;

    private static readonly DateTimeOffset Begin = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Windows_OfManySilos_AreThoseOfOneProcess(int count)
    {
        using var repository = Repository();
        var expected = await AloneAsync(repository, seconds: 23);
        var clock = new SetClock(Begin);
        await using var silos = await StartAsync(repository, count, clock);
        await silos.Engines[0].Drift.PutBaselineAsync("a", "1", NumberedRows.Baseline(), BaselineFormat.Json, default);

        await RunAsync(silos, clock, 0, 23, silos.Engines);
        var report = await ReportAsync(silos.Engines[^1], clock);

        Assert.Equal(4, expected.Count);
        Assert.Equal(expected, Closed(report));
        Assert.All(report.Nodes!, node => Assert.False(node.IsSilent));
        Assert.Equal(count, report.Nodes!.Count);
    }

    [Fact]
    public async Task Windows_SiloKilledAfterItSent_AreThoseOfOneProcess()
    {
        using var repository = Repository();
        var expected = await AloneAsync(repository, seconds: 23);
        var clock = new SetClock(Begin);
        await using var silos = await StartAsync(repository, 4, clock);
        await silos.Engines[0].Drift.PutBaselineAsync("a", "1", NumberedRows.Baseline(), BaselineFormat.Json, default);

        // In the middle of a pane, and of a window.
        await RunAsync(silos, clock, 0, 12, silos.Engines, extra: 6);
        await silos.Cluster.KillSiloAsync(silos.Cluster.Silos[3]);
        await RunAsync(silos, clock, 12, 23, [.. silos.Engines.Take(3)], skip: 6);
        var report = await ReportAsync(silos.Engines[0], clock);

        Assert.Equal(expected, Closed(report));
    }

    [Fact]
    public async Task Windows_SiloKilledBeforeItSent_LackThatAndSaySince()
    {
        using var repository = Repository();
        var clock = new SetClock(Begin);
        await using var silos = await StartAsync(repository, 3, clock);
        await silos.Engines[0].Drift.PutBaselineAsync("a", "1", NumberedRows.Baseline(), BaselineFormat.Json, default);
        await RunAsync(silos, clock, 0, 7, silos.Engines);
        var sent = clock.GetUtcNow();

        // Observed by the third silo alone, which does not live to send it.
        clock.Advance(TimeSpan.FromMilliseconds(10));
        for (var i = 0; i < 5; i++) (await InferAsync(silos.Engines[2], i)).Value.Dispose();
        await silos.Cluster.KillSiloAsync(silos.Cluster.Silos[2]);
        await RunAsync(silos, clock, 7, 23, [.. silos.Engines.Take(2)]);
        var report = await ReportAsync(silos.Engines[0], clock);

        var rows = report.Windows.Where(w => !w.Open).Sum(w => w.Count);
        var lost = Assert.Single(report.Nodes!, n => n.IsSilent);
        Assert.InRange(rows, 20 * PerSecond, (20 * PerSecond) + 5);
        Assert.InRange(lost.CountedUntil, sent, sent.AddMilliseconds(10));
    }

    /// <summary>Closed windows of one process.</summary>
    private static async Task<IReadOnlyList<string>> AloneAsync(TestRepository repository, int seconds)
    {
        var clock = new SetClock(Begin);
        await using var one = LocalServing.Start(
            new ServingOptions { ModelRepositories = [repository.Path], ControlMode = ControlMode.None, SessionThreads = 1 }, NullLoggerFactory.Instance, clock: clock);
        await one.Started;
        await one.Engine.Drift.PutBaselineAsync("a", "1", NumberedRows.Baseline(), BaselineFormat.Json, default);
        for (var i = 0; i < seconds * PerSecond; i++)
        {
            (await InferAsync(one.Engine, i)).Value.Dispose();
            clock.Advance(TimeSpan.FromMilliseconds(1000 / PerSecond));
        }

        return Closed(await ReportAsync(one.Engine, clock));
    }

    /// <summary>Requests in turn at all engines; all silos send what they counted after each second, as they do by themselves.</summary>
    private static async Task RunAsync(TestSilos silos, SetClock clock, int from, int to, IReadOnlyList<IServingEngine> engines, int skip = 0, int extra = 0)
    {
        for (var i = (from * PerSecond) + skip; i < (to * PerSecond) + extra; i++)
        {
            (await InferAsync(engines[i % engines.Count], i)).Value.Dispose();
            clock.Advance(TimeSpan.FromMilliseconds(1000 / PerSecond));
            if (i % PerSecond == PerSecond - 1 || i == (to * PerSecond) + extra - 1)
                Assert.Null((await engines[0].Drift.GetDriftAsync("a", "1", default)).Error);
        }
    }

    /// <summary>The report once everything has had the time to close.</summary>
    private static async Task<DriftReport> ReportAsync(IServingEngine engine, SetClock clock)
    {
        for (var i = 0; i < 4; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await engine.Drift.GetDriftAsync("a", "1", default);
        }

        return (await engine.Drift.GetDriftAsync("a", "1", default)).Value;
    }

    private static IReadOnlyList<string> Closed(DriftReport report) => [.. report.Windows.Where(w => !w.Open).Select(w => JsonSerializer.Serialize(w))];

    /// <summary>Rows that drift away from the baseline.</summary>
    private static Task<Outcome<InferenceResponse>> InferAsync(IServingEngine engine, int number) => NumberedRows.InferAsync(engine, number, number * 0.002f);

    private static TestRepository Repository()
    {
        var repository = new TestRepository();
        repository.Add("a", 1);
        repository.Configure("a", """{"serving": {"drift": {"window": {"seconds": 5}}}}""");
        return repository;
    }

    /// <summary>Each silo runs what it is asked itself.</summary>
    private static async Task<TestSilos> StartAsync(TestRepository repository, int count, SetClock clock)
    {
        var silos = await TestSilos.StartAsync(
            count,
            new SiloServingOptions
            {
                Serving = new ServingOptions { ModelRepositories = [repository.Path], ControlMode = ControlMode.None, SessionThreads = 1 }, Replicas = count,
            },
            clock);
        await silos.UntilAsync(async () => (await silos.Status(0).ReadAsync()).Replicas == count);
        return silos;
    }
}
