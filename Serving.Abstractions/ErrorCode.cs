namespace Serving;

/// <summary>The closed list of expected failures. Each has one HTTP and one gRPC status (see the gateway's error table).</summary>
public enum ErrorCode
{
    InvalidRequest,
    ModelNotFound,
    VersionNotFound,
    ModelNotReady,
    Overloaded,
    DeadlineExceeded,
    QuotaExceeded,
    Unauthenticated,
    Forbidden,
    PayloadTooLarge,
    UnsupportedMedia,
    Conflict,

    /// <summary>An <c>If-Match</c> named a state that is no longer the current one.</summary>
    StaleMatch,
    Unsupported,
    ModelFailed,

    /// <summary>No such path on this server.</summary>
    NotFound,

    /// <summary>The path exists, but not with this verb.</summary>
    MethodNotAllowed,

    /// <summary>A fault of the server itself.</summary>
    Internal,
}
