namespace Serving.Access;

/// <summary>The limits of keys and of the audit log.</summary>
public static class AccessLimits
{
    /// <summary>Keys, the revoked and expired ones included. When they are this many, the oldest dead one makes room.</summary>
    public const int MaxKeys = 10_000;

    /// <summary>Characters of a key's name.</summary>
    public const int MaxNameLength = 128;

    public const int MaxGrants = 64;

    /// <summary>Characters of a pattern.</summary>
    public const int MaxPatternLength = 256;

    /// <summary>Models that may have limits.</summary>
    public const int MaxLimitedModels = 10_000;

    /// <summary>Bytes of a document about a key.</summary>
    public const int MaxBytes = 64 << 10;

    /// <summary>The longest overlap of a rotation.</summary>
    public static readonly TimeSpan MaxOverlap = TimeSpan.FromDays(90);

    /// <summary>Bytes of what an audit note says of before or after; what is longer is kept as its size and hash.</summary>
    public const int MaxNoteBytes = 16 << 10;

    /// <summary>Notes that are kept; older ones are dropped.</summary>
    public const int MaxNotes = 100_000;
}
