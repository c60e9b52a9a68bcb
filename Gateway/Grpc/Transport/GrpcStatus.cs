using Gateway.Http;
using Gateway.Metrics;
using Serving;

namespace Gateway.Grpc.Transport;

/// <summary>How a call ended, as its trailers say it.</summary>
/// <param name="Code">The status.</param>
/// <param name="Message">One sentence; empty on success.</param>
/// <param name="RetryAfter">When trying again makes sense, where that is known.</param>
/// <param name="Cause">The failure behind it, where it was one of ours.</param>
internal readonly record struct GrpcStatus(
    GrpcStatusCode Code, string Message = "", TimeSpan? RetryAfter = null, ErrorCode? Cause = null)
{
    public static readonly GrpcStatus Ok = new(GrpcStatusCode.Ok);

    public bool IsOk => Code == GrpcStatusCode.Ok;

    /// <summary>The failure in the words of error documents, for metrics and logs.</summary>
    public string Word => Cause is { } cause ? ErrorMapping.Of(cause).Code : Code switch
    {
        GrpcStatusCode.Ok => GatewayInstruments.Ok,
        GrpcStatusCode.Cancelled => GatewayInstruments.CallerGone,
        GrpcStatusCode.DeadlineExceeded => ErrorMapping.Of(ErrorCode.DeadlineExceeded).Code,
        GrpcStatusCode.ResourceExhausted => ErrorMapping.Of(ErrorCode.PayloadTooLarge).Code,
        GrpcStatusCode.Unimplemented => ErrorMapping.Of(ErrorCode.Unsupported).Code,
        GrpcStatusCode.Internal => ErrorMapping.Of(ErrorCode.Internal).Code,
        GrpcStatusCode.Unavailable => ErrorMapping.Of(ErrorCode.ModelNotReady).Code,
        _ => ErrorMapping.Of(ErrorCode.InvalidRequest).Code,
    };

    public static GrpcStatus Invalid(string message) => new(GrpcStatusCode.InvalidArgument, message);

    public static GrpcStatus Of(ServingError error) => new(
        (GrpcStatusCode)ErrorMapping.Of(error.Code).Grpc, error.Message, error.RetryAfter, error.Code);
}
