namespace Serving.Drift;

/// <summary>A feature's baseline and window over the same bins.</summary>
/// <param name="Edges">Interior edges of a numeric feature's bins, ascending; one fewer than bins. Empty for categories.</param>
/// <param name="Labels">Names of a categorical feature's bins, the last for all others. Empty for numbers.</param>
/// <param name="Baseline">Share of the baseline in each bin.</param>
/// <param name="Window">Share of the window in each bin.</param>
public sealed record FeatureHistogram(
    IReadOnlyList<double> Edges, IReadOnlyList<string> Labels, IReadOnlyList<double> Baseline, IReadOnlyList<double> Window);
