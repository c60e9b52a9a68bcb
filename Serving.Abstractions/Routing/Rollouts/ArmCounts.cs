namespace Serving.Routing.Rollouts;

/// <summary>
/// What one arm of a rollout did, in whole numbers. Only requests that were drawn count, never those that named their version.
/// </summary>
/// <param name="Requests">Requests that were answered or failed.</param>
/// <param name="Errors">Those that failed.</param>
/// <param name="Slow">Those whose answer took longer than the latency guard's budget; 0 without one.</param>
/// <param name="Latencies">Answers in each bin of the rollout's latency law; empty while there is none.</param>
public sealed record ArmCounts(long Requests, long Errors, long Slow, IReadOnlyList<long> Latencies)
{
    public static readonly ArmCounts None = new(0, 0, 0, []);
}
