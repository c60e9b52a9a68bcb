using Gateway.Access;

namespace Gateway.Grpc.Transport;

/// <summary>A procedure of any number of requests and any number of answers, on one call.</summary>
internal sealed class DuplexMethod<TRequest, TResponse>(
    string service,
    string name,
    OperationKind kind,
    MessageFormat<TRequest> requests,
    MessageFormat<TResponse> responses,
    Func<MessageSource<TRequest>, MessageSink<TResponse>, GrpcCall, Task<GrpcStatus>> handler) : GrpcMethod(service, name, kind)
{
    public override bool Streams => true;

    public override async ValueTask<GrpcStatus> RunAsync(GrpcCall call)
    {
        using var stop = call.Stopping.UnsafeRegister(static reader => ((FrameReader)reader!).Interrupt(), call.Reader);
        using var sink = new MessageSink<TResponse>(call, responses);
        return await handler(new MessageSource<TRequest>(call, requests), sink, call);
    }
}
