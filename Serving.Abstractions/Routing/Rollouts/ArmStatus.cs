namespace Serving.Routing.Rollouts;

/// <summary>One arm over the whole rollout.</summary>
/// <param name="Version">The version's number.</param>
/// <param name="Requests">Drawn requests that were answered or failed.</param>
/// <param name="Errors">Those that failed.</param>
/// <param name="ErrorRate">Their share; null before the first request.</param>
/// <param name="Slow">Answers over the latency guard's budget.</param>
/// <param name="P50Ms">Half of the answers took no longer, in milliseconds; null before the first answer.</param>
/// <param name="P90Ms">Nine in ten took no longer.</param>
/// <param name="P99Ms">The 99 % quantile with a confidence sequence; null before the first answer.</param>
/// <param name="Truths">Instances whose truth has come back.</param>
/// <param name="Accuracy">The share of them that was answered right; null before the first.</param>
public sealed record ArmStatus(
    string Version, long Requests, long Errors, double? ErrorRate, long Slow, double? P50Ms, double? P90Ms, Interval? P99Ms,
    long Truths, double? Accuracy);
