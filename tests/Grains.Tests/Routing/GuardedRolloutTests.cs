using System.Runtime.InteropServices;
using System.Text;
using Grains.Drift.Quality;
using Grains.Hosting;
using Grains.Tests.Drift.Quality;
using Orleans.Runtime;
using Serving;
using Serving.Drift;
using Serving.Inference;
using Serving.Routing;
using Serving.Routing.Rollouts;

namespace Grains.Tests.Routing;

/// <summary>Rollouts in a cluster that are decided by feedback and by drift alerts, with requests and truths at all silos.</summary>
public sealed class GuardedRolloutTests
{
    private static readonly DateTimeOffset Begin = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(2)]
    [InlineData(1)]
    public async Task Quality_NewVersionFoundWrong_IsRolledBackByItsTruths(int replicas)
    {
        using var repository = TwoVersions();
        await using var silos = await StartAsync(repository, new SetClock(Begin), replicas);
        await BeginAsync(silos, new RolloutGuards { Quality = new QualityGuardSpec(0.02) });

        var status = await RollOutAsync(silos, (version, answer) => version == "2" ? "none" : answer);

        Assert.Equal(RolloutPhase.RolledBack, status.State);
        Assert.StartsWith("quality: the evidence of harm is", status.Log[^1].Reason);
        Assert.Equal((0.0, 1.0), (status.Canary.Accuracy, status.Stable.Accuracy));
    }

    [Fact]
    public async Task Quality_GrainsSiloKilledMeanwhile_CountsEveryTruthOnce()
    {
        using var repository = TwoVersions();
        await using var silos = await StartAsync(repository, new SetClock(Begin), replicas: 3, count: 3);
        await BeginAsync(silos, new RolloutGuards { Quality = new QualityGuardSpec(0.02) }, requests: 1_000_000);
        for (var i = 0; i < 60; i++) await InferAsync(silos.Engines, i, (_, answer) => answer);
        await silos.UntilAsync(async () => await TruthsAsync(silos) == 60);

        var judging = (await silos.Cluster.Client.GetGrain<IManagementGrain>(0).GetActivationAddress(silos.Cluster.Client.GetGrain<IQualityGrain>("a")))!;
        await silos.Cluster.KillSiloAsync(silos.Cluster.Silos.Single(silo => silo.SiloAddress.Equals(judging)));
        await silos.UntilAsync(async () => (await silos.Engines[0].Quality.GetQualityAsync("a", "1", default)).IsSuccess);
        for (var i = 60; i < 90; i++) await InferAsync(silos.Engines, i, (_, answer) => answer);

        await silos.UntilAsync(async () => await TruthsAsync(silos) == 90);
        var status = (await silos.Engines[0].Traffic.GetRolloutAsync("a", default)).Value;
        Assert.Equal((1.0, 1.0), (status.Canary.Accuracy, status.Stable.Accuracy));
    }

    [Fact]
    public async Task Drift_NewVersionsBaselineIsOfOtherData_IsRolledBackByItsAlert()
    {
        using var repository = TwoVersions();
        var clock = new SetClock(Begin);
        await using var silos = await StartAsync(repository, clock, replicas: 2);
        await PutBaselineAsync(silos, "1", shift: 0);
        await PutBaselineAsync(silos, "2", shift: 5);
        await BeginAsync(silos, new RolloutGuards { Drift = true }, requests: 1_000_000);

        var status = await RollOutAsync(silos, truth: null, clock);

        Assert.Equal(RolloutPhase.RolledBack, status.State);
        Assert.StartsWith("drift: the new version alone has an alert: 'input[0]'", status.Log[^1].Reason);
    }

    [Fact]
    public async Task Drift_NewVersionHasNoBaseline_Waits()
    {
        using var repository = TwoVersions();
        await using var silos = await StartAsync(repository, new SetClock(Begin), replicas: 2);
        await BeginAsync(silos, new RolloutGuards { Drift = true }, requests: 1);
        await silos.UntilAsync(async () =>
        {
            await InferAsync(silos.Engines, 1, truth: null);
            var status = (await silos.Engines[1].Traffic.GetRolloutAsync("a", default)).Value;
            return status.Canary.Requests > 5 && status.WaitingFor?.Contains("no baseline", StringComparison.Ordinal) == true;
        });

        await PutBaselineAsync(silos, "2", shift: 0);
        await silos.UntilAsync(async () =>
        {
            await InferAsync(silos.Engines, 1, truth: null);
            return (await silos.Engines[0].Traffic.GetRolloutAsync("a", default)).Value.State == RolloutPhase.Completed;
        });
    }

    private static async Task BeginAsync(TestSilos silos, RolloutGuards guards, int requests = 40)
    {
        Assert.Null((await silos.Engines[0].Traffic.PutAsync("a", new TrafficDocument { Variants = [new("1", 100, "stable")] }, null, default)).Error);
        var spec = new RolloutSpec { To = "2", Steps = [50, 100], StepSeconds = 0, StepRequests = requests, Alpha = 0.01, Guards = guards };
        Assert.Null((await silos.Engines[^1].Traffic.StartRolloutAsync("a", spec, default)).Error);

        // What a silo draws before it has heard of the rollout is no part of it.
        foreach (var engine in silos.Engines) await silos.UntilAsync(async () => (await TestSilos.InferAsync(engine, "a")).Value.Route.Epoch == 2);
    }

    private static async Task<RolloutStatus> RollOutAsync(TestSilos silos, Func<string, string, string>? truth, SetClock? clock = null)
    {
        var status = default(RolloutStatus);
        var requests = 0;
        await silos.UntilAsync(async () =>
        {
            await InferAsync(silos.Engines, requests++, truth);
            clock?.Advance(TimeSpan.FromMilliseconds(200));
            status = (await silos.Engines[requests % silos.Engines.Count].Traffic.GetRolloutAsync("a", default)).Value;
            return status.State != RolloutPhase.Running;
        });
        return status!;
    }

    private static async Task InferAsync(IReadOnlyList<IServingEngine> engines, int number, Func<string, string, string>? truth)
    {
        var random = new Random(number);
        float[] row = [.. Enumerable.Range(0, 4).Select(_ => (float)random.NextDouble())];
        using var answer = (await engines[number % engines.Count].InferAsync(
            new InferenceRequest { Model = "a", Id = $"r{number}", Inputs = [new Tensor("input", TensorType.Fp32, [1, 4], MemoryMarshal.AsBytes<float>(row).ToArray())] },
            default)).Value;
        if (truth is null) return;
        var told = new Feedback($"r{number}", 0, truth(answer.Version, QualityRows.Label(answer)), null);
        Assert.Equal(1, (await engines[(number + 1) % engines.Count].Quality.PostFeedbackAsync("a", [told], default)).Value.Joined);
    }

    private static async Task<long> TruthsAsync(TestSilos silos)
    {
        var rollout = await silos.Engines[0].Traffic.GetRolloutAsync("a", default);
        return rollout.TryGetValue(out var status, out _) ? status.Canary.Truths + status.Stable.Truths : -1;
    }

    private static async Task PutBaselineAsync(TestSilos silos, string version, double shift)
    {
        var random = new Random(7);
        var column = string.Join(',', Enumerable.Range(0, 2000).Select(_ => FormattableString.Invariant($"{random.NextDouble() + shift:R}")));
        var put = await silos.Engines[0].Drift.PutBaselineAsync("a", version, Encoding.UTF8.GetBytes($"{{\"columns\": {{\"input[0]\": [{column}]}}}}"), BaselineFormat.Json, default);
        Assert.Null(put.Error);
    }

    private static TestRepository TwoVersions()
    {
        var repository = new TestRepository();
        repository.Configure("a", """{"version_policy": {"all": {}}, "serving": {"drift": {"window": {"seconds": 5}}}}""");
        repository.Add("a", 1);
        repository.Add("a", 2, sample: 2);
        return repository;
    }

    private static async Task<TestSilos> StartAsync(TestRepository repository, SetClock clock, int replicas, int count = 2)
    {
        var silos = await TestSilos.StartAsync(
            count,
            new SiloServingOptions
            {
                Serving = new ServingOptions { ModelRepositories = [repository.Path], ControlMode = ControlMode.None, SessionThreads = 1 }, Replicas = replicas,
            },
            clock);
        await silos.UntilAsync(async () => (await silos.Status(0).ReadAsync()).Replicas == 2 * replicas);
        return silos;
    }
}
