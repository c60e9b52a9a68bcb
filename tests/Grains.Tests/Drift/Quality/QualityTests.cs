using System.Text.Json;
using Grains.Drift.Quality;
using Grains.Hosting;
using Grains.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Runtime;
using Orleans.TestingHost;
using Serving;
using Serving.Drift;

namespace Grains.Tests.Drift.Quality;

/// <summary>
/// The same requests at some silos and the same truths at others give the quality that one process gives; what a killed silo had sent is
/// counted, wherever its model was judged.
/// </summary>
public sealed class QualityTests
{
    private const int Requests = 150;

    private static readonly DateTimeOffset Begin = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Quality_OfManySilos_IsThatOfOneProcess(int count)
    {
        using var repository = Repository();
        var expected = await AloneAsync(repository);
        var clock = new SetClock(Begin);
        await using var silos = await StartAsync(repository, count, count, clock);

        var receipts = await RunAsync(silos.Engines, clock, 0, Requests);
        var report = (await silos.Engines[^1].Quality.GetQualityAsync("a", "1", default)).Value;

        Assert.Equal(expected.Receipts, receipts);
        Assert.Equal(expected.Report, Json(report));
        Assert.InRange(report.Window.Count, 30, 50);
        Assert.NotNull(report.BaselineErrorRate);
        Assert.Equal(count, report.Nodes!.Count);
        Assert.All(report.Nodes, node => Assert.Equal((clock.GetUtcNow(), false), (node.CountedUntil, node.IsSilent)));
    }

    [Fact]
    public async Task Quality_SiloThatJudgesIsKilled_IsThatOfOneProcess()
    {
        using var repository = Repository();
        var expected = await AloneAsync(repository);
        var clock = new SetClock(Begin);
        await using var silos = await StartAsync(repository, 4, 4, clock);

        var receipts = await RunAsync(silos.Engines, clock, 0, 80);
        await silos.Engines[0].Quality.GetQualityAsync("a", "1", default);
        var judging = (await silos.Cluster.Client.GetGrain<IManagementGrain>(0).GetActivationAddress(silos.Cluster.Client.GetGrain<IQualityGrain>("a")))!;
        await silos.Cluster.KillSiloAsync(silos.Cluster.Silos.Single(silo => silo.SiloAddress.Equals(judging)));
        await silos.UntilAsync(async () => (await silos.Engines[0].Quality.GetQualityAsync("a", "1", default)).IsSuccess);
        receipts.AddRange(await RunAsync(silos.Engines, clock, 80, Requests));
        clock.Advance(TimeSpan.FromSeconds(11));
        var report = (await silos.Engines[1].Quality.GetQualityAsync("a", "1", default)).Value;

        Assert.Equal(expected.Receipts, receipts);
        Assert.Equal(expected.Report, Json(report));
        var gone = Assert.Single(report.Nodes!, node => node.IsSilent);
        Assert.True(gone.CountedUntil <= Begin.AddSeconds(80) && gone.CountedUntil > Begin.AddSeconds(70), $"{gone.CountedUntil}");
    }

    [Fact]
    public async Task Truth_EverySiloGone_FindsItsAnswer()
    {
        using var repository = Repository();
        var (storage, clock) = (new TestStorage(), new SetClock(Begin));
        await using (var silos = await StartAsync(repository, 2, 2, clock, storage))
        {
            await QualityRows.InferAsync(silos.Engines[0], 1);
            Assert.Equal(1, (await PostAsync(silos.Engines[1], new Feedback("r1", 0, "setosa", null))).Value.Joined);
            await QualityRows.InferAsync(silos.Engines[1], 2);
            await silos.Engines[0].Quality.GetQualityAsync("a", "1", default);
        }

        await using var again = await StartAsync(repository, 2, 2, clock, storage);
        var receipt = (await PostAsync(again.Engines[0], new Feedback("r1", 0, "setosa", null), new Feedback("r1", 1, "setosa", null), new Feedback("r2", 0, "setosa", null))).Value;

        Assert.Equal(new FeedbackReceipt(2, 0, 0, 1, 0), receipt);
        Assert.Equal(3, (await again.Engines[1].Quality.GetQualityAsync("a", "1", default)).Value.Window.Count);
    }

    [Fact]
    public async Task Truth_StorageDown_IsRefusedAndCountsOnceWhenItIsSentAgain()
    {
        using var repository = Repository();
        await using var silos = await StartAsync(repository, 2, 2, new SetClock(Begin));
        await QualityRows.InferAsync(silos.Engines[0], 1);
        Assert.Equal(1, (await PostAsync(silos.Engines[1], new Feedback("r1", 0, "setosa", null))).Value.Joined);

        silos.Storage.IsDown = true;
        var refused = await PostAsync(silos.Engines[0], new Feedback("r1", 1, "setosa", null));
        await QualityRows.InferAsync(silos.Engines[1], 2);
        Assert.Equal(ErrorCode.ModelNotReady, refused.Error!.Code);
        Assert.NotNull(refused.Error.RetryAfter);

        silos.Storage.IsDown = false;
        Assert.Null((await PostAsync(silos.Engines[1], new Feedback("r1", 1, "setosa", null), new Feedback("r2", 0, "setosa", null))).Error);
        var report = (await silos.Engines[0].Quality.GetQualityAsync("a", "1", default)).Value;
        Assert.Equal((4, 3, 3), (report.Feedback.Answered, report.Feedback.Joined, report.SinceLoad.Count));
    }

    [Fact]
    public async Task Answers_WhoseSiloHasNoReplica_AreJudgedWhereTheyRan()
    {
        using var repository = Repository();
        await using var silos = await StartAsync(repository, 3, 1, new SetClock(Begin));
        for (var i = 0; i < 9; i++) await QualityRows.InferAsync(silos.Engines[i % 3], i);

        var receipt = (await PostAsync(silos.Engines[2], [.. Enumerable.Range(0, 9).Select(i => new Feedback($"r{i}", 1, "setosa", null))])).Value;

        Assert.Equal(9, receipt.Joined);
        Assert.Single((await silos.Engines[0].Quality.GetQualityAsync("a", "1", default)).Value.Nodes!);
    }

    [Fact]
    public async Task Alert_ModelErrsMoreThanItMay_IsInReportAndEventsOfEverySilo()
    {
        using var repository = Repository("""{"serving": {"quality": {"baseline_error_rate": 0.01, "window": 30}}}""");
        await using var silos = await StartAsync(repository, 2, 2, new SetClock(Begin));
        for (var i = 0; i < 30; i++)
        {
            await QualityRows.InferAsync(silos.Engines[i % 2], i);
            await PostAsync(silos.Engines[(i + 1) % 2], new Feedback($"r{i}", 0, "none of them", null));
        }

        var alert = (await silos.Engines[0].Quality.GetQualityAsync("a", "1", default)).Value.Alert!;
        Assert.Equal((AlertKind.Quality, AlertState.Raised), (alert.Kind, alert.State));
        foreach (var engine in silos.Engines) Assert.Equal(alert, Assert.Single((await engine.Drift.GetEventsAsync("a", "1", default)).Value));
    }

    private static async Task<(List<string> Receipts, string Report)> AloneAsync(TestRepository repository)
    {
        var clock = new SetClock(Begin);
        await using var one = LocalServing.Start(
            new ServingOptions { ModelRepositories = [repository.Path], ControlMode = ControlMode.None, SessionThreads = 1 }, NullLoggerFactory.Instance, clock: clock);
        await one.Started;
        var receipts = await RunAsync([one.Engine], clock, 0, Requests);
        return (receipts, Json((await one.Engine.Quality.GetQualityAsync("a", "1", default)).Value));
    }

    /// <summary>Each request at one engine, each truth at another.</summary>
    private static async Task<List<string>> RunAsync(IReadOnlyList<IServingEngine> engines, SetClock clock, int from, int to)
    {
        var receipts = new List<string>();
        for (var i = from; i < to; i++)
        {
            await QualityRows.InferAsync(engines[i % engines.Count], i);
            clock.Advance(TimeSpan.FromSeconds(1));
            var receipt = await engines[(i + 1) % engines.Count].Quality.PostFeedbackAsync("a", QualityRows.TruthsAt(i, clock.GetUtcNow()), default);
            receipts.Add($"{receipt.Value}");
        }

        return receipts;
    }

    private static ValueTask<Outcome<FeedbackReceipt>> PostAsync(IServingEngine engine, params Feedback[] truths) => engine.Quality.PostFeedbackAsync("a", truths, default);

    private static string Json(QualityReport report) => JsonSerializer.Serialize(report with { Nodes = null });

    private static TestRepository Repository(string config = """{"serving": {"quality": {"learn_from": 100, "window": 50}}}""")
    {
        var repository = new TestRepository();
        repository.Add("a", 1);
        repository.Configure("a", config);
        return repository;
    }

    private static int Watched(TestSilos silos) => silos.Cluster.Silos.Count(
        silo => silo.ServiceProvider.GetRequiredService<RouteFeed>().Table.Find("a", "1") is { IsSuccess: true, Value.Local.Tap: not null });

    private static async Task<TestSilos> StartAsync(TestRepository repository, int count, int replicas, SetClock clock, TestStorage? storage = null)
    {
        var silos = await TestSilos.StartAsync(
            count,
            new SiloServingOptions
            {
                Serving = new ServingOptions { ModelRepositories = [repository.Path], ControlMode = ControlMode.None, SessionThreads = 1 }, Replicas = replicas,
            },
            clock, storage);

        // A replica that is new everywhere answers a moment before its answers are kept.
        await silos.UntilAsync(async () => (await silos.Status(0).ReadAsync()).Replicas == replicas && Watched(silos) == replicas);
        return silos;
    }
}
