using Gateway.Http;
using Serving;

namespace Gateway.Grpc.Transport;

/// <summary>How a call ended, as its trailers say it.</summary>
/// <param name="Code">The status.</param>
/// <param name="Message">One sentence; empty on success.</param>
/// <param name="RetryAfter">When trying again makes sense, where that is known.</param>
internal readonly record struct GrpcStatus(GrpcStatusCode Code, string Message = "", TimeSpan? RetryAfter = null)
{
    public static readonly GrpcStatus Ok = new(GrpcStatusCode.Ok);

    public bool IsOk => Code == GrpcStatusCode.Ok;

    public static GrpcStatus Invalid(string message) => new(GrpcStatusCode.InvalidArgument, message);

    public static GrpcStatus Of(ServingError error) => new(
        (GrpcStatusCode)ErrorMapping.Of(error.Code).Grpc, error.Message, error.RetryAfter);
}
