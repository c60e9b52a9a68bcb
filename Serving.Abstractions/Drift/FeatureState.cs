namespace Serving.Drift;

/// <summary>What a window says of a feature.</summary>
public enum FeatureState
{
    Ok,
    Drifted,

    /// <summary>Too few values so far to test.</summary>
    Insufficient,
}
