namespace Serving.Drift;

/// <summary>How often each answer was given for each truth.</summary>
/// <param name="Labels">The classes.</param>
/// <param name="Counts">One row for each truth, one column for each answer, in the order of the labels.</param>
public sealed record ConfusionMatrix(IReadOnlyList<string> Labels, IReadOnlyList<IReadOnlyList<long>> Counts);
