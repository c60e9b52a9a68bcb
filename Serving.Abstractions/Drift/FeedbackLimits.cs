namespace Serving.Drift;

/// <summary>The limits of one request with truths.</summary>
public static class FeedbackLimits
{
    /// <summary>Truths.</summary>
    public const int MaxItems = 10_000;

    /// <summary>Bytes of the document as JSON.</summary>
    public const int MaxBytes = 8 << 20;

    /// <summary>Characters of a request's id.</summary>
    public const int MaxIdLength = 1024;

    /// <summary>Characters of a label.</summary>
    public const int MaxLabelLength = 256;

    /// <summary>The last instance of a request that can be named.</summary>
    public const int MaxIndex = 1_000_000;
}
