namespace Serving.Storage;

/// <summary>The limits of the state file.</summary>
internal static class StateLimits
{
    /// <summary>Characters of a kind, a key or a log's name.</summary>
    public const int MaxNameLength = 512;

    /// <summary>Bytes of a document or an entry.</summary>
    public const int MaxBodyBytes = 64 << 20;

    /// <summary>Changes of one batch.</summary>
    public const int MaxChanges = 10_000;

    /// <summary>Documents or entries of one answer.</summary>
    public const int MaxPage = 1000;
}
