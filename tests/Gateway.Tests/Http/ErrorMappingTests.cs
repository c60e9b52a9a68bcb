using Gateway.Http;
using Serving;

namespace Gateway.Tests.Http;

public sealed class ErrorMappingTests
{
    [Theory]
    [InlineData(ErrorCode.InvalidRequest, "invalid_request", 400, 3)]
    [InlineData(ErrorCode.ModelNotFound, "model_not_found", 404, 5)]
    [InlineData(ErrorCode.VersionNotFound, "version_not_found", 404, 5)]
    [InlineData(ErrorCode.ModelNotReady, "model_not_ready", 503, 14)]
    [InlineData(ErrorCode.Overloaded, "overloaded", 503, 8)]
    [InlineData(ErrorCode.DeadlineExceeded, "deadline_exceeded", 504, 4)]
    [InlineData(ErrorCode.QuotaExceeded, "quota_exceeded", 429, 8)]
    [InlineData(ErrorCode.Unauthenticated, "unauthenticated", 401, 16)]
    [InlineData(ErrorCode.Forbidden, "forbidden", 403, 7)]
    [InlineData(ErrorCode.PayloadTooLarge, "payload_too_large", 413, 8)]
    [InlineData(ErrorCode.UnsupportedMedia, "unsupported_media", 415, 3)]
    [InlineData(ErrorCode.Conflict, "conflict", 409, 10)]
    [InlineData(ErrorCode.StaleMatch, "conflict", 412, 10)]
    [InlineData(ErrorCode.Unsupported, "unsupported", 501, 12)]
    [InlineData(ErrorCode.ModelFailed, "model_failed", 500, 13)]
    [InlineData(ErrorCode.NotFound, "not_found", 404, 12)]
    [InlineData(ErrorCode.MethodNotAllowed, "method_not_allowed", 405, 12)]
    [InlineData(ErrorCode.Internal, "internal", 500, 13)]
    public void Of_Code_HasStatus(ErrorCode code, string word, int http, int grpc)
    {
        var status = ErrorMapping.Of(code);

        Assert.Equal((word, http, grpc), (status.Code, status.Http, status.Grpc));
    }

    [Fact]
    public void Of_EveryCode_HasARow() => Assert.All(Enum.GetValues<ErrorCode>(), code => Assert.NotEmpty(ErrorMapping.Of(code).Code));

    [Theory]
    [InlineData(ErrorCode.Overloaded, null, "1")]
    [InlineData(ErrorCode.ModelNotReady, null, "1")]
    [InlineData(ErrorCode.QuotaExceeded, null, "1")]
    [InlineData(ErrorCode.Overloaded, 0.0, "1")]
    [InlineData(ErrorCode.Overloaded, -3.0, "1")]
    [InlineData(ErrorCode.Overloaded, 1.01, "2")]
    [InlineData(ErrorCode.Overloaded, 86400.0, "86400")]
    [InlineData(ErrorCode.InvalidRequest, null, null)]
    public void RetryAfter_Error_IsWholeSecondsOfAtLeastOne(ErrorCode code, double? seconds, string? expected)
    {
        var error = new ServingError(code, "x", seconds is { } s ? TimeSpan.FromSeconds(s) : null);

        Assert.Equal(expected, ErrorMapping.RetryAfter(error));
    }
}
