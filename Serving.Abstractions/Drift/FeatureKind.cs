namespace Serving.Drift;

/// <summary>What the values of a watched feature are.</summary>
public enum FeatureKind
{
    Numeric,
    Categorical,
}
