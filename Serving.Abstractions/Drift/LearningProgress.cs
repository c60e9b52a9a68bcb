namespace Serving.Drift;

/// <summary>How far a baseline is learned from live traffic. A request of several rows counts as so many.</summary>
/// <param name="Wanted">How many rows it is learned from.</param>
/// <param name="Seen">How many there were so far.</param>
public sealed record LearningProgress(int Wanted, int Seen);
