using System.Diagnostics;
using Grains.Hosting;
using Grains.Routing;
using Microsoft.Extensions.DependencyInjection;
using Serving;
using Serving.Sessions;

namespace Grains.Tests.Models;

/// <summary>A version without memory is loaded once, whoever asks, and each caller waits within its own time. Two silos, each with memory for one of three models.</summary>
public sealed class ParkedModelTests : IDisposable
{
    private const int Padding = 8 << 20;
    private const int Budget = 12 << 20;
    private const int Callers = 50;

    private readonly TestRepository repository = new();

    /// <summary>Closed, loads do not end.</summary>
    private readonly ManualResetEventSlim loading = new(true);

    public ParkedModelTests()
    {
        foreach (var model in (string[])["a", "b", "c"]) repository.AddLarge(model, 1, Padding);
    }

    [Fact]
    public async Task ManyAskAtBothSilos_IsLoadedOnce_AndTheHastyOneDoesNotSpoilIt()
    {
        await using var silos = await StartAsync();
        var model = await ParkedAsync(silos);
        var before = Loads(silos);
        loading.Reset();

        var patient = Enumerable.Range(0, Callers).Select(i => TestSilos.InferAsync(silos.Engines[i % 2], model)).ToArray();
        var began = Stopwatch.GetTimestamp();
        var hasty = await TestSilos.InferAsync(silos.Engines[0], model, timeout: TimeSpan.FromMilliseconds(300));
        var took = Stopwatch.GetElapsedTime(began);

        Assert.Equal(ErrorCode.DeadlineExceeded, hasty.Error?.Code);
        Assert.Contains("it is loading", hasty.Error!.Message);
        Assert.InRange(took, TimeSpan.FromMilliseconds(290), TimeSpan.FromSeconds(3));
        Assert.DoesNotContain(patient, caller => caller.IsCompleted);
        loading.Set();
        Assert.All(await Task.WhenAll(patient), outcome => Assert.True(outcome.IsSuccess, outcome.Error?.Message));
        Assert.Equal(before + 1, Loads(silos));
    }

    [Fact]
    public async Task NoDeadlineOfItsOwn_WaitsForTheServers_AndIsToldToTryAgain()
    {
        await using var silos = await StartAsync(requestTimeout: TimeSpan.FromSeconds(1));
        var model = await ParkedAsync(silos);
        loading.Reset();

        var began = Stopwatch.GetTimestamp();
        var outcome = await TestSilos.InferAsync(silos.Engines[1], model);
        var took = Stopwatch.GetElapsedTime(began);

        Assert.True(outcome.Error is { Code: ErrorCode.ModelNotReady, RetryAfter: not null }, $"{outcome.Error}");
        Assert.InRange(took, TimeSpan.FromMilliseconds(990), TimeSpan.FromSeconds(4));
        loading.Set();
        await silos.UntilAsync(async () => (await TestSilos.InferAsync(silos.Engines[1], model)).IsSuccess);
    }

    public void Dispose()
    {
        loading.Dispose();
        repository.Dispose();
    }

    private Task<TestSilos> StartAsync(TimeSpan? requestTimeout = null) => TestSilos.StartAsync(
        repository, replicas: 1, budget: Budget, requestTimeout: requestTimeout, services: services => services.AddSingleton<SessionWrapper>(session =>
        {
            loading.Wait();
            return session;
        }));

    /// <summary>The one model that holds no memory, once all three were loaded and both silos know.</summary>
    private static async Task<string> ParkedAsync(TestSilos silos)
    {
        string[] parked = [];
        await silos.UntilAsync(() =>
        {
            var seen = silos.Cluster.Silos.Select(silo => silo.ServiceProvider.GetRequiredService<RouteFeed>().Table)
                .Select(table => table.Models.Values.Where(model => model.Row.Versions is [{ Replicas: [] }]).Select(model => model.Row.Model).ToArray()).ToArray();
            parked = seen[0];
            return Task.FromResult(parked.Length == 1 && seen[1].SequenceEqual(parked));
        });
        return parked[0];
    }

    private static long Loads(TestSilos silos) => silos.Cluster.Silos.Sum(silo => silo.ServiceProvider.GetRequiredService<ModelHost>().Loads);
}
