namespace Serving.Drift;

/// <summary><c>serving.quality</c> of a model's configuration; null where it says nothing.</summary>
public sealed record QualityConfig
{
    /// <summary>The output that feedback is compared with.</summary>
    public string? Output { get; init; }

    public QualityTask? Task { get; init; }

    /// <summary>The error rate the model is known to have.</summary>
    public double? BaselineErrorRate { get; init; }

    public double? Margin { get; init; }

    public int? LearnFrom { get; init; }

    /// <summary>Truths in the window.</summary>
    public int? Window { get; init; }

    /// <summary>How long an answer and its truth wait for each other.</summary>
    public double? RetentionSeconds { get; init; }

    /// <summary>Instances kept; 0 keeps none and judges nothing.</summary>
    public int? Capacity { get; init; }

    public double? EValue { get; init; }
}
