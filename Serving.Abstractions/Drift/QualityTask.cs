namespace Serving.Drift;

/// <summary>What a model's answers are judged as.</summary>
public enum QualityTask
{
    /// <summary>A label, right or wrong.</summary>
    Classification,

    /// <summary>A number, more or less far off.</summary>
    Regression,
}
