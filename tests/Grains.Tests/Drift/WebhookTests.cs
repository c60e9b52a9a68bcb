using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Grains.Drift;
using Grains.Drift.Quality;
using Grains.Hosting;
using Grains.Tests.Drift.Quality;
using Orleans.Core.Internal;
using Orleans.Runtime;
using Orleans.TestingHost;
using Serving;
using Serving.Drift;
using Serving.Tests.Receivers;

namespace Grains.Tests.Drift;

/// <summary>Alerts of a cluster are posted to their receivers, whatever becomes of the silos and of the receiver meanwhile.</summary>
public sealed class WebhookTests
{
    private const string Secret = "knock";
    private static readonly DateTimeOffset Begin = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Alert_ReceiverAndSilosAwayMeanwhile_IsPostedSignedAndOnce()
    {
        using var receiver = new WebhookReceiver(FreePort());
        using var repository = Repository(receiver.Url);
        var (storage, clock) = (new TestStorage(), new SetClock(Begin));
        await using (var silos = await StartAsync(repository, storage, clock)) await RaiseAsync(silos, clock);
        Assert.Empty(receiver.Received);

        receiver.Start();
        await using var again = await StartAsync(repository, storage, clock);
        await again.UntilAsync(async () =>
        {
            // Pauses after failures are by this clock.
            clock.Advance(TimeSpan.FromSeconds(1));
            return await AreAllPostedAsync(again, receiver);
        });
        Assert.All(receiver.Received, r =>
        {
            Assert.Equal("sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), r.Body)), r.Signature);
            using var body = JsonDocument.Parse(r.Body);
            Assert.Equal((r.Event, "a", "1"), (Text(body, "id"), Text(body, "model"), Text(body, "version")));
            Assert.StartsWith(Text(body, "alert", "id"), r.Event);
        });
    }

    [Fact]
    public async Task Alert_ReceiverThere_IsPostedAtOnceAndKeptNoLonger()
    {
        using var receiver = new WebhookReceiver(FreePort());
        receiver.Start();
        using var repository = Repository(receiver.Url);
        var (storage, clock) = (new TestStorage(), new SetClock(Begin));
        await using (var silos = await StartAsync(repository, storage, clock))
        {
            await RaiseAsync(silos, clock);
            await silos.UntilAsync(() => AreAllPostedAsync(silos, receiver));

            // Kept with the next look after the last delivery.
            for (var i = 0; i < 3; i++) await silos.Engines[0].Drift.GetEventsAsync("a", "1", default);
        }

        await using var again = await StartAsync(repository, storage, clock);
        clock.Advance(TimeSpan.FromSeconds(10));
        await again.UntilAsync(() => AreAllPostedAsync(again, receiver));
        for (var i = 0; i < 5; i++)
        {
            Assert.True(await AreAllPostedAsync(again, receiver));
            await Task.Delay(300);
        }
    }

    [Fact]
    public async Task AlertOfFeedback_GrainsThatHadItAreGone_IsPostedWithoutTraffic()
    {
        using var receiver = new WebhookReceiver(FreePort());
        using var repository = Repository(receiver.Url, """{"baseline_error_rate": 0.01, "window": 30}""");
        await using var silos = await StartAsync(repository, new TestStorage(), new SetClock(Begin));
        var raised = await ErrAsync(silos);
        Assert.Equal(AlertKind.Quality, raised.Kind);
        await EndGrainsAsync(silos);
        Assert.Empty(receiver.Received);

        receiver.Start();
        await silos.Cluster.StartAdditionalSiloAsync();
        await silos.UntilAsync(() => Task.FromResult(receiver.Received.Count > 0));

        // Told again by a successor that does not know it was taken, it has the same id.
        Assert.Equal([EventOf(raised)], receiver.Received.Select(r => r.Event).Distinct());
    }

    [Fact]
    public async Task AlertOfFeedback_ItsMonitorNeverTookIt_IsPostedWithoutTraffic()
    {
        using var receiver = new WebhookReceiver(FreePort());
        receiver.Start();
        using var repository = Repository(receiver.Url, """{"baseline_error_rate": 0.01, "window": 30}""");
        var storage = new TestStorage { Refused = "drift-monitor" };
        await using var silos = await StartAsync(repository, storage, new SetClock(Begin));
        var raised = await ErrAsync(silos);
        await silos.UntilAsync(() => Task.FromResult(storage.Refusals > 0));
        await EndGrainsAsync(silos);
        Assert.Empty(receiver.Received);

        storage.Refused = null;
        await silos.Cluster.StartAdditionalSiloAsync();
        await silos.UntilAsync(() => Task.FromResult(receiver.Received.Count > 0));
        Assert.Equal([EventOf(raised)], receiver.Received.Select(r => r.Event).Distinct());
    }

    /// <summary>Wrong answers, until the model is known to err more than it may.</summary>
    private static async Task<DriftAlert> ErrAsync(TestSilos silos)
    {
        for (var i = 0; i < 30; i++)
        {
            await QualityRows.InferAsync(silos.Engines[i % 2], i);
            Assert.Null((await silos.Engines[(i + 1) % 2].Quality.PostFeedbackAsync("a", [new Feedback($"r{i}", 0, "none of them", null)], default)).Error);
        }

        var alerts = await DriftWire.ReadAsync(
            silos.Cluster.Client.GetGrain<IQualityGrain>("a").GetEvents("1"), sent => DriftWire.Read(sent, DriftWire.Default.ListDriftAlert), default);
        return Assert.Single(alerts.Value);
    }

    private static string EventOf(DriftAlert raised) => $"{raised.Id}-raised-{raised.Severity}".ToLowerInvariant();

    /// <summary>Ends the grains that have alerts of the model to post, as a silo does that goes; nothing is sent to them any more.</summary>
    private static async Task EndGrainsAsync(TestSilos silos)
    {
        var (client, management) = (silos.Cluster.Client, silos.Cluster.Client.GetGrain<IManagementGrain>(0));
        foreach (var grain in new IAddressable[] { client.GetGrain<IQualityGrain>("a"), client.GetGrain<IMonitorGrain>("a/1") })
        {
            // A grain that was called in between has come back, and is ended again.
            await silos.UntilAsync(async () =>
            {
                if ((await management.GetDetailedGrainStatistics()).All(active => active.GrainId != grain.GetGrainId())) return true;
                await grain.AsReference<IGrainManagementExtension>().DeactivateOnIdle();
                return false;
            });
        }
    }

    /// <summary>Every event there is was posted, and none twice.</summary>
    private static async Task<bool> AreAllPostedAsync(TestSilos silos, WebhookReceiver receiver)
    {
        var outcome = await silos.Engines[0].Drift.GetEventsAsync("a", "1", default);
        return outcome.TryGetValue(out var events, out _) && events.Count > 0
            && events.Select(e => $"{e.Id}-{e.State}-{e.Severity}".ToLowerInvariant()).Order().SequenceEqual(receiver.Received.Select(r => r.Event).Order());
    }

    /// <summary>Rows far off the baseline until an alert stands, and time for all of them to be counted.</summary>
    private static async Task RaiseAsync(TestSilos silos, SetClock clock)
    {
        Assert.Null((await silos.Engines[0].Drift.PutBaselineAsync("a", "1", NumberedRows.Baseline(), BaselineFormat.Json, default)).Error);
        var number = 0;
        await silos.UntilAsync(async () =>
        {
            for (var i = 0; i < 40; i++)
            {
                (await NumberedRows.InferAsync(silos.Engines[number % 2], number++, off: 5)).Value.Dispose();
                clock.Advance(TimeSpan.FromMilliseconds(50));
            }

            return (await silos.Engines[0].Drift.GetEventsAsync("a", "1", default)).Value.Count > 0;
        });
        for (var i = 0; i < 10; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await silos.Engines[0].Drift.GetEventsAsync("a", "1", default);
        }
    }

    private static string Text(JsonDocument body, params string[] path) =>
        path.Aggregate(body.RootElement, (element, name) => element.GetProperty(name)).GetString()!;

    private static TestRepository Repository(string url, string quality = "{}")
    {
        var repository = new TestRepository();
        repository.Add("a", 1);
        repository.Configure("a", $$$$"""{"serving": {"quality": {{{{quality}}}}, "drift": {"window": {"seconds": 5}, "webhooks": [{"url": "{{{{url}}}}", "secret": "{{{{Secret}}}}"}]}}}""");
        return repository;
    }

    private static async Task<TestSilos> StartAsync(TestRepository repository, TestStorage storage, SetClock clock, int count = 2)
    {
        var silos = await TestSilos.StartAsync(
            count,
            new SiloServingOptions
            {
                Serving = new ServingOptions { ModelRepositories = [repository.Path], ControlMode = ControlMode.None, SessionThreads = 1 }, Replicas = count,
            },
            clock, storage);
        await silos.UntilAsync(async () => (await silos.Status(0).ReadAsync()).Replicas == count);
        return silos;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
