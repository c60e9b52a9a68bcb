namespace Serving.Routing.Rollouts;

/// <summary>
/// What one arm of a rollout did, in whole numbers. Only requests that were drawn count, never those that named their version.
/// </summary>
/// <param name="Requests">Requests that were answered or failed.</param>
/// <param name="Errors">Those that failed.</param>
/// <param name="Slow">Those whose answer took longer than the latency guard's budget; 0 without one.</param>
/// <param name="TestedErrors">Errors that guards bet on, see <see cref="TestedCounts"/>.</param>
/// <param name="TestedSlow">Slow answers that guards bet on.</param>
/// <param name="TestedLatencies">Those that guards bet on, in each bin of the rollout's latency law; empty while there is none.</param>
/// <param name="Truths">Instances whose truth has come back.</param>
/// <param name="Wrong">Of them, those that were answered otherwise.</param>
/// <param name="TestedWrong">Wrong answers that guards bet on: of each request and sticky caller the first.</param>
public sealed record ArmCounts(
    long Requests, long Errors, long Slow, long TestedErrors, long TestedSlow, IReadOnlyList<long> TestedLatencies,
    long Truths = 0, long Wrong = 0, long TestedWrong = 0)
{
    public static readonly ArmCounts None = new(0, 0, 0, 0, 0, []);
}
