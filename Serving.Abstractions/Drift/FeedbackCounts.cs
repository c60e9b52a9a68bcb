namespace Serving.Drift;

/// <summary>How much of the truth has come back. Counts are since load.</summary>
/// <param name="Answered">Answers kept to be judged.</param>
/// <param name="Joined">Of them, those whose truth has come.</param>
/// <param name="Waiting">Truths kept for an answer that has not been seen yet.</param>
/// <param name="Expired">Answers forgotten before their truth came.</param>
/// <param name="Unmatched">Truths forgotten before their answer was seen, or refused because they do not fit.</param>
/// <param name="Coverage">Joined over answered.</param>
/// <param name="LagMedian">From answer to truth: half came within this time, to within a fifth; null when none has come.</param>
/// <param name="LagHigh">Nineteen in twenty came within this time.</param>
public sealed record FeedbackCounts(
    long Answered,
    long Joined,
    long Waiting,
    long Expired,
    long Unmatched,
    double Coverage,
    TimeSpan? LagMedian,
    TimeSpan? LagHigh);
