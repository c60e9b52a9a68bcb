namespace Serving.Drift.Baselines;

/// <summary>A feature to watch: its name in reports, and what its values are.</summary>
internal sealed record FeatureSpec(string Name, FeatureKind Kind);
