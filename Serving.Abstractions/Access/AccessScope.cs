namespace Serving.Access;

/// <summary>What a caller may do. Each stands for itself: none includes another.</summary>
[Flags]
public enum AccessScope : byte
{
    None = 0,

    /// <summary>Ask models for inferences.</summary>
    Infer = 1,

    /// <summary>See models, their configuration, statistics, drift and metrics.</summary>
    Read = 2,

    /// <summary>Change what is served and how, and who may come in.</summary>
    Admin = 4,
}
