using Gateway.Access;

namespace Gateway.Grpc.Transport;

/// <summary>A procedure of one request and any number of answers.</summary>
internal sealed class ServerStreamMethod<TRequest, TResponse>(
    string service,
    string name,
    OperationKind kind,
    MessageFormat<TRequest> requests,
    MessageFormat<TResponse> responses,
    Func<TRequest, MessageSink<TResponse>, GrpcCall, Task<GrpcStatus>> handler) : GrpcMethod(service, name, kind)
{
    public override bool Streams => false;

    public override async ValueTask<GrpcStatus> RunAsync(GrpcCall call)
    {
        if (!await call.Reader.ReadOnlyAsync(call.Cancellation)) return call.Reader.Fault;
        var read = requests.Read(call.Reader.Message, mayRefer: false);
        call.Reader.Release();
        if (!read.TryGetValue(out var request, out var error)) return GrpcStatus.Of(error);
        try
        {
            using var sink = new MessageSink<TResponse>(call, responses);
            return await handler(request, sink, call);
        }
        finally
        {
            requests.Release(request);
        }
    }
}
