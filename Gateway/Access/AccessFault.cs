namespace Gateway.Access;

/// <summary>Why a caller is not let in.</summary>
internal enum AccessFault : byte
{
    /// <summary>Nothing was sent to tell who calls.</summary>
    Missing,

    /// <summary>What was sent is none of the things that are understood.</summary>
    Malformed,

    /// <summary>No such key, or another secret.</summary>
    Unknown,
    Expired,
    Revoked,

    /// <summary>Known, but not allowed this.</summary>
    Forbidden,
}
