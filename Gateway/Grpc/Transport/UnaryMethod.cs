using Gateway.Access;
using Serving;

namespace Gateway.Grpc.Transport;

/// <summary>A procedure of one request and one answer.</summary>
internal sealed class UnaryMethod<TRequest, TResponse>(
    string service,
    string name,
    OperationKind kind,
    MessageFormat<TRequest> requests,
    MessageFormat<TResponse> responses,
    Func<TRequest, GrpcCall, ValueTask<Outcome<TResponse>>> handler) : GrpcMethod(service, name, kind)
{
    public override bool Streams => false;

    public override async ValueTask<GrpcStatus> RunAsync(GrpcCall call)
    {
        if (!await call.Reader.ReadOnlyAsync(call.Cancellation)) return call.Reader.Fault;
        var read = requests.Read(call.Reader.Message, mayRefer: true);
        if (!read.TryGetValue(out var request, out var error)) return GrpcStatus.Of(error);
        try
        {
            if (!requests.Refers(request)) call.Reader.Release();
            if (!(await handler(request, call)).TryGetValue(out var response, out error)) return GrpcStatus.Of(error);
            error = call.Writer.Write(responses, response);
            responses.Release(response);
            return error is null ? GrpcStatus.Ok : GrpcStatus.Of(error);
        }
        finally
        {
            requests.Release(request);
            call.Reader.Release();
        }
    }
}
