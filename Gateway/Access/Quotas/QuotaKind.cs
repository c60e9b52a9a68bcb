namespace Gateway.Access.Quotas;

/// <summary>What a quota counts.</summary>
internal enum QuotaKind : byte
{
    Requests,
    Rows,
    Bytes,

    /// <summary>Requests under way.</summary>
    Concurrent,
}
