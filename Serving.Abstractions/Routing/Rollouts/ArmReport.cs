namespace Serving.Routing.Rollouts;

/// <summary>What one arm did in one process since that process's last report.</summary>
/// <param name="Requests">Drawn requests that were answered or failed.</param>
/// <param name="Errors">Those that failed.</param>
/// <param name="Slow">Those whose answer took longer than the budget.</param>
/// <param name="Latencies">How long the answers took.</param>
/// <param name="Tested">What of these guards may bet on; null for all, when every request was drawn by itself.</param>
/// <param name="Truths">Instances whose truth came, of requests that were drawn earlier or now; negative where truths were corrected away.</param>
/// <param name="Wrong">Of them, those that were answered otherwise.</param>
/// <param name="TestedWrong">What of these guards may bet on.</param>
public sealed record ArmReport(long Requests, long Errors, long Slow, LatencyCounts Latencies, TestedCounts? Tested = null,
    long Truths = 0, long Wrong = 0, long TestedWrong = 0);
