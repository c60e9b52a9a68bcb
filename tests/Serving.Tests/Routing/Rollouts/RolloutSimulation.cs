using MathNet.Numerics.Distributions;
using Serving.Inference;

namespace Serving.Routing.Rollouts;

/// <summary>
/// One made-up truth about two versions, run through the real <see cref="Rollout"/> in virtual time: requests are drawn for an
/// arm, fail and take log-normal times by chance, are reported every so many requests, and the machine decides.
/// </summary>
internal sealed record RolloutSimulation
{
    private static readonly ServingError Failure = new(ErrorCode.ModelFailed, "made up");
    private static readonly DateTimeOffset Start = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    public required string Truth { get; init; }

    public RolloutGuards Guards { get; init; } = RolloutGuards.Default;

    /// <summary>The rollout's level.</summary>
    public double Alpha { get; init; } = 0.01;

    /// <summary>The canary's share in percent.</summary>
    public int Weight { get; init; } = 10;

    /// <summary>Requests of both arms between two looks.</summary>
    public int LookEvery { get; init; } = 200;

    /// <summary>Requests of both arms after which a run ends without a stop.</summary>
    public int Requests { get; init; } = 50_000;

    /// <summary>The stable version's error rate at a request's number.</summary>
    public Func<int, double> StableRate { get; init; } = _ => 0;

    /// <summary>By how much the canary's error rate is larger.</summary>
    public double Excess { get; init; }

    /// <summary>Whether latencies are simulated: log-normal, half below 20 ms, deviation 0.6 of the logarithm.</summary>
    public bool Latencies { get; init; }

    /// <summary>Every latency of the canary is this many times longer.</summary>
    public double Slower { get; init; } = 1;

    /// <summary>This share of the canary's latencies is five times longer.</summary>
    public double FiveTimes { get; init; }

    /// <summary>Sticky callers that the requests come from, few of them often, most seldom; 0 draws each request by itself.</summary>
    public int Callers { get; init; }

    /// <summary>This share of the callers sends nothing but requests that fail, whichever version answers.</summary>
    public double BrokenCallers { get; init; }

    /// <summary>Counts a sticky caller's requests as if each had been drawn by itself: what a rollout must not do.</summary>
    public bool TestEveryRequest { get; init; }

    /// <summary>Latencies of the stable version known before the rollout.</summary>
    public int History { get; init; } = 10_000;

    /// <summary>Requests of both arms until the rollout goes back, or null when it does not.</summary>
    public int? Run(int seed)
    {
        var random = new Random(seed);
        var spec = new RolloutSpec
        {
            To = "2", Steps = [Weight, 100], StepSeconds = RolloutLimits.MaxStepSeconds, Alpha = Alpha, Guards = Guards,
        };
        var usual = new LatencyHistogram();
        for (var i = 0; Latencies && i < History; i++) usual.Add(Latency(random));
        var rollout = Rollout.Start(spec, "1", epoch: 1, usual, Start);
        var budget = Guards.Latency?.BudgetMs is { } ms ? TimeSpan.FromMilliseconds(ms) : TimeSpan.MaxValue;
        var callers = Enumerable.Range(0, Callers)
            .Select(i => (Name: $"caller {i}", Arm: Draw(random), IsBroken: random.NextDouble() < BrokenCallers)).ToArray();
        var tally = new RolloutTally("1", "2", Guards.Latency?.BudgetMs);
        for (var done = 0; done < Requests; done += LookEvery)
        {
            if (Callers > 0) CountCallers(random, done, callers, tally);
            rollout.Report(Callers > 0 ? new("simulated", done + 1, tally.Cut()) : Report(random, done, budget));
            if (rollout.Step(Start.AddSeconds(done), obstacle: null) is not null) return done + LookEvery;
        }

        return null;
    }

    private static TimeSpan Latency(Random random) => TimeSpan.FromMilliseconds(Math.Exp(Normal.Sample(random, 3, 0.6)));

    private int Draw(Random random) => random.NextDouble() * 100 < Weight ? 1 : 0;

    private void CountCallers(Random random, int done, (string Name, int Arm, bool IsBroken)[] callers, RolloutTally tally)
    {
        for (var i = done; i < done + LookEvery; i++)
        {
            var caller = callers[(int)(Math.Pow(random.NextDouble(), 3) * Callers)];
            var fails = caller.IsBroken || random.NextDouble() < StableRate(i) + caller.Arm * Excess;
            var route = new RouteDecision(
                caller.Arm == 1 ? "2" : "1", null, TestEveryRequest ? RouteReason.Weight : RouteReason.Sticky, Epoch: 1);
            tally.Count(route, caller.Name, fails ? Failure : null, latency: default);
        }
    }

    private RolloutReport Report(Random random, int done, TimeSpan budget)
    {
        Span<long> requests = stackalloc long[2], errors = stackalloc long[2], slow = stackalloc long[2];
        LatencyHistogram[] latencies = Latencies ? [new(), new()] : [];
        for (var i = done; i < done + LookEvery; i++)
        {
            var arm = Draw(random);
            requests[arm]++;
            if (random.NextDouble() < StableRate(i) + arm * Excess) errors[arm]++;
            else if (Latencies)
            {
                var latency = Latency(random);
                if (arm == 1) latency *= Slower * (random.NextDouble() < FiveTimes ? 5 : 1);
                if (latency > budget) slow[arm]++;
                latencies[arm].Add(latency);
            }
        }

        var counts = new ArmReport[2];
        for (var arm = 0; arm < 2; arm++)
        {
            counts[arm] = new(requests[arm], errors[arm], slow[arm], Latencies ? latencies[arm].ToCounts() : LatencyCounts.None);
        }

        return new RolloutReport("simulated", done / LookEvery + 1, [new(1, counts[0], counts[1])]);
    }
}
