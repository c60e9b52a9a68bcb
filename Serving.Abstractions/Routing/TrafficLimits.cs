namespace Serving.Routing;

/// <summary>The limits of a traffic document.</summary>
public static class TrafficLimits
{
    public const int MaxVariants = 32;
    public const int MaxRules = 64;
    public const int MaxShadows = 4;
    public const int MaxWeight = 1_000_000;

    /// <summary>Characters of a label, or of a header's or parameter's name.</summary>
    public const int MaxNameLength = 64;

    /// <summary>Characters of the value a rule compares with.</summary>
    public const int MaxValueLength = 1024;

    /// <summary>Bytes of the document as JSON.</summary>
    public const int MaxBytes = 256 << 10;
}
