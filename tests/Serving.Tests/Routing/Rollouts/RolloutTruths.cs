namespace Serving.Routing.Rollouts;

/// <summary>
/// The truths that rollouts are tried on, with what must come of them: the rows of the table in docs/rollout.md.
/// </summary>
internal static class RolloutTruths
{
    /// <param name="Simulation">The truth.</param>
    /// <param name="MaxMedian">Half of the runs must have gone back after so many requests; null when they must not go
    /// back.</param>
    /// <param name="MinFound">The share of runs that must go back.</param>
    internal sealed record Row(RolloutSimulation Simulation, int? MaxMedian = null, double MinFound = 0.98)
    {
        public override string ToString() => Simulation.Truth;
    }

    private static readonly RolloutGuards LatencyGuard = new() { Latency = new() };

    public static IReadOnlyList<Row> Harmless { get; } =
    [
        new(Errors(0.01, 0)),
        new(Errors(0.001, 0)),
        new(Errors(0.01, 0) with
        {
            Truth = "errors alike, between 0.1 % and 10 % over the day", StableRate = i => 0.001 * Math.Pow(100, 0.5 + 0.5 * Math.Sin(i / 3000.0)),
        }),
        new(Errors(0.01, 0.01) with
        {
            Truth = "errors 1 % to 2 %, tolerance 1 point", Guards = new() { ErrorRate = new(0.01) },
        }),
        new(BrokenCallers),
        new(Latency() with { Truth = "latencies alike" }),
        new(Latency() with { Truth = "latencies alike, none known before", History = 0 }),
        new(Latency() with { Truth = "latencies alike, budget 50 ms", Guards = new() { Latency = new(50) } }),
        new(Latency() with
        {
            Truth = "errors and latencies alike, both guards", StableRate = _ => 0.01, Guards = new() { ErrorRate = new(), Latency = new() },
        }),
    ];

    public static IReadOnlyList<Row> Harmful { get; } =
    [
        new(Errors(0.01, 0.01), 16_000),
        new(Errors(0.01, 0.04), 2_000),
        new(Errors(0.001, 0.009), 6_000),
        new(
            Errors(0.01, 0.04) with { Truth = "errors 1 % to 5 %, 2,000 sticky callers", Callers = 2000 }, 3_000),
        new(Latency() with { Truth = "latency x 1.1", Slower = 1.1 }, 6_000),
        new(Latency() with { Truth = "latency x 1.25", Slower = 1.25 }, 2_000),
        new(Latency() with { Truth = "latency x 5 for 2 % of requests", FiveTimes = 0.02 }, 12_000),
    ];

    /// <summary>What a rollout would do that took each request of a sticky caller for a draw.</summary>
    public static RolloutSimulation Mistaken { get; } = BrokenCallers with
    {
        Truth = "the same callers, if each of their requests were tested (it is not)", TestEveryRequest = true,
    };

    private static RolloutSimulation BrokenCallers => Errors(0.001, 0) with
    {
        Truth = "1 % of 2,000 sticky callers send nothing but bad requests", Callers = 2000, BrokenCallers = 0.01,
    };

    private static RolloutSimulation Errors(double stable, double excess) => new()
    {
        Truth = excess == 0 ? $"errors alike, {stable:P1}" : $"errors {stable:P1} to {stable + excess:P1}", StableRate = _ => stable, Excess = excess,
    };

    private static RolloutSimulation Latency() => new() { Truth = "", Guards = LatencyGuard, Latencies = true };
}
