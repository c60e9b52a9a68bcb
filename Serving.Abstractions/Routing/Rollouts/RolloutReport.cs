namespace Serving.Routing.Rollouts;

/// <summary>
/// Counts on their way from a process that answers requests to the one that decides. A process sends its next report only when
/// the last one was taken, and sends the same report again until it is; sequence numbers therefore rise, and a report whose
/// number is not above the last one taken is a repetition.
/// </summary>
/// <param name="Node">Names the process and its start: a process that starts again must have another name.</param>
/// <param name="Sequence">1 for the first report, rising.</param>
/// <param name="Epochs">The counts, by epoch.</param>
public sealed record RolloutReport(string Node, long Sequence, IReadOnlyList<EpochReport> Epochs);
