using System.Globalization;
using Microsoft.AspNetCore.Http;
using Serving;

namespace Gateway.Http;

/// <summary>The one table from expected failures to what HTTP and gRPC clients see.</summary>
internal static class ErrorMapping
{
    private const int InvalidArgument = 3;
    private const int DeadlineExceeded = 4;
    private const int NotFound = 5;
    private const int PermissionDenied = 7;
    private const int ResourceExhausted = 8;
    private const int Aborted = 10;
    private const int Unimplemented = 12;
    private const int Internal = 13;
    private const int Unavailable = 14;
    private const int Unauthenticated = 16;

    public static ErrorStatus Of(ErrorCode code) => code switch
    {
        ErrorCode.InvalidRequest => new("invalid_request", 400, InvalidArgument),
        ErrorCode.ModelNotFound => new("model_not_found", 404, NotFound),
        ErrorCode.VersionNotFound => new("version_not_found", 404, NotFound),
        ErrorCode.ModelNotReady => new("model_not_ready", 503, Unavailable, Retry: true),
        ErrorCode.Overloaded => new("overloaded", 503, ResourceExhausted, Retry: true),
        ErrorCode.DeadlineExceeded => new("deadline_exceeded", 504, DeadlineExceeded),
        ErrorCode.QuotaExceeded => new("quota_exceeded", 429, ResourceExhausted, Retry: true),
        ErrorCode.Unauthenticated => new("unauthenticated", 401, Unauthenticated),
        ErrorCode.Forbidden => new("forbidden", 403, PermissionDenied),
        ErrorCode.PayloadTooLarge => new("payload_too_large", 413, ResourceExhausted),
        ErrorCode.UnsupportedMedia => new("unsupported_media", 415, InvalidArgument),
        ErrorCode.Conflict => new("conflict", 409, Aborted),
        ErrorCode.StaleMatch => new("conflict", 412, Aborted),
        ErrorCode.Unsupported => new("unsupported", 501, Unimplemented),
        ErrorCode.ModelFailed => new("model_failed", 500, Internal),
        ErrorCode.NotFound => new("not_found", 404, Unimplemented),
        ErrorCode.MethodNotAllowed => new("method_not_allowed", 405, Unimplemented),
        ErrorCode.Internal => new("internal", 500, Internal),
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, "An error code without a row in the table."),
    };

    /// <summary>The code for a request that the server's own HTTP layer refused with a status of its choice.</summary>
    public static ErrorCode OfRefusal(int status) => status switch
    {
        StatusCodes.Status413PayloadTooLarge => ErrorCode.PayloadTooLarge,
        StatusCodes.Status505HttpVersionNotsupported => ErrorCode.Unsupported,
        StatusCodes.Status405MethodNotAllowed => ErrorCode.MethodNotAllowed,
        _ => ErrorCode.InvalidRequest,
    };

    /// <summary>The value of <c>Retry-After</c>: whole seconds, rounded up, at least 1; null where none belongs.</summary>
    public static string? RetryAfter(ServingError error)
    {
        if (error.RetryAfter is not { } delay) return Of(error.Code).Retry ? "1" : null;
        return Math.Max(1, (long)Math.Ceiling(delay.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
    }
}
