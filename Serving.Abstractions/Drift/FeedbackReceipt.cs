namespace Serving.Drift;

/// <summary>What became of the truths of one request.</summary>
/// <param name="Joined">Their answers are known: they count.</param>
/// <param name="Replaced">They took the place of an earlier truth.</param>
/// <param name="Waiting">Their answers are not known yet, or no longer.</param>
/// <param name="Stale">The same truth, or a later one, was known already.</param>
/// <param name="Refused">Not numbers, though the answers are.</param>
public sealed record FeedbackReceipt(int Joined, int Replaced, int Waiting, int Stale, int Refused);
