namespace Serving.Drift.Observing;

/// <summary>What of a tensor's row a feature is.</summary>
internal enum SourcePart
{
    /// <summary>One number.</summary>
    Number,

    /// <summary>One text.</summary>
    Text,

    /// <summary>The class with the largest score.</summary>
    Largest,

    Mean,
    Deviation,
    Minimum,
    Maximum,

    /// <summary>The share of zeros.</summary>
    Zeros,

    /// <summary>How long the answer took, in milliseconds: of no tensor, once a request.</summary>
    Latency,
}
