using Gateway.Access;
using Serving;

namespace Gateway.Grpc.Transport;

/// <summary>A procedure of one request and one answer.</summary>
/// <param name="service">The service's full name.</param>
/// <param name="name">The procedure's name.</param>
/// <param name="kind">What is asked for, and who may ask.</param>
/// <param name="requests">How requests are read.</param>
/// <param name="responses">How answers are written.</param>
/// <param name="named">The model that a request names; null for procedures that name none.</param>
/// <param name="handler">What answers.</param>
internal sealed class UnaryMethod<TRequest, TResponse>(
    string service,
    string name,
    OperationKind kind,
    MessageFormat<TRequest> requests,
    MessageFormat<TResponse> responses,
    NamedModel<TRequest>? named,
    Func<TRequest, GrpcCall, ValueTask<Outcome<TResponse>>> handler) : GrpcMethod(service, name, kind)
{
    public override bool Streams => false;

    public override async ValueTask<GrpcStatus> RunAsync(GrpcCall call)
    {
        if (named is not null) call.Guard(Kind, named.In);
        if (!await call.Reader.ReadOnlyAsync(call.Cancellation)) return call.Reader.Fault;
        var read = requests.Read(call.Reader.Message, mayRefer: true);
        if (!read.TryGetValue(out var request, out var error)) return GrpcStatus.Of(error);
        try
        {
            if (!requests.Refers(request)) call.Reader.Release();
            if (!(await EnterAsync(request, call)).TryGetValue(out var response, out error)) return GrpcStatus.Of(error);
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

    /// <summary>The rest of the door, now that the model is known.</summary>
    private ValueTask<Outcome<TResponse>> EnterAsync(TRequest request, GrpcCall call)
    {
        var model = named?.Of(request);
        call.Model = model;
        if (model is not null && call.Authorize(Kind, model) is { } refusal) return new(refusal);
        return call.Resources.Audit.Covers(Kind) ? ChangeAsync(request, model, call) : handler(request, call);
    }

    private async ValueTask<Outcome<TResponse>> ChangeAsync(TRequest request, string? model, GrpcCall call)
    {
        var audit = call.Resources.Audit;
        var before = await audit.DescribeAsync(Kind, model, call.Cancellation);
        var outcome = await handler(request, call);
        if (outcome.IsSuccess) await audit.RecordAsync(call.ToActor(), Kind, model, before);
        return outcome;
    }
}
