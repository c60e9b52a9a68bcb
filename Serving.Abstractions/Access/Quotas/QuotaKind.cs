namespace Serving.Access.Quotas;

/// <summary>What a quota counts.</summary>
public enum QuotaKind : byte
{
    Requests,
    Rows,
    Bytes,

    /// <summary>Requests under way.</summary>
    Concurrent,
}
