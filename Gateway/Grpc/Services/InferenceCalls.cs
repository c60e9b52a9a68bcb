using Gateway.Access;
using Gateway.Access.Quotas;
using Gateway.Grpc.Codec;
using Gateway.Grpc.Transport;
using Gateway.Http;
using Gateway.Metrics;
using Gateway.OpenInference;
using Gateway.Tracing;
using Microsoft.Extensions.Logging;
using Serving;

namespace Gateway.Grpc.Services;

/// <summary>Inference, one request a call or many on a stream. Requests belong to the transport, which releases them.</summary>
/// <param name="engine">What runs them.</param>
/// <param name="ids">Ids for those that come without.</param>
/// <param name="quotas">What holds them against their caller's and model's limits.</param>
/// <param name="maxStreamRequests">Requests of one stream that may be under way; the next is read when one is answered.</param>
/// <param name="logger">For faults of the server's own.</param>
internal sealed partial class InferenceCalls(
    IServingEngine engine, RequestIds ids, QuotaControl quotas, int maxStreamRequests, ILogger<InferenceCalls> logger)
{
    private static readonly ServingError DeadlinePassed = new(
        ErrorCode.DeadlineExceeded, "the call's deadline had passed when its request was read");

    private readonly RouteHeader routes = new();

    public async ValueTask<Outcome<InferAnswer>> InferAsync(InferMessage message, GrpcCall call)
    {
        var id = ids.For(message.Id, call.Metadata);
        call.AnswerMetadata[InferenceHeaders.RequestId] = HeaderText.Fit(id);
        using var pass = (QuotaPass)await quotas.AcquireAsync(new QuotaRequest(call.Principal, message.Model, message.Length, call.AnswerMetadata));
        if (pass.Error is { } over) return over;
        var outcome = await RunAsync(message, id, call, pass);
        if (outcome.TryGetValue(out var answer, out _))
        {
            call.AnswerMetadata[InferenceHeaders.Route] = routes.Text(answer.Response.Route);
            call.AnswerMetadata[InferenceHeaders.Timing] = TimingHeader.Text(answer.Response.Timing);
        }

        return outcome;
    }

    public async Task<GrpcStatus> StreamAsync(MessageSource<InferMessage> source, MessageSink<StreamAnswer> sink, GrpcCall call)
    {
        using var room = new SemaphoreSlim(maxStreamRequests);
        var places = maxStreamRequests;
        try
        {
            while (true)
            {
                await room.WaitAsync(call.Cancellation);
                places--;
                if (!await source.ReadAsync()) return source.Fault;
                places++;
                _ = AnswerAsync(source, sink, call, room);
            }
        }
        finally
        {
            // What is under way may not outlive the call, also where the caller is gone.
            for (; places > 0; places--) await room.WaitAsync(CancellationToken.None);
        }
    }

    /// <summary>Answers the request read last; releases it, and its place.</summary>
    private async Task AnswerAsync(
        MessageSource<InferMessage> source, MessageSink<StreamAnswer> sink, GrpcCall call, SemaphoreSlim room)
    {
        var message = source.Current;
        var (instruments, clock) = (call.Resources.Instruments, call.Resources.Clock);
        var arrived = clock.GetTimestamp();
        var code = GatewayInstruments.CallerGone;
        var span = RequestSpans.BeginOnStream(OperationKind.Infer);
        instruments.Began(GatewayInstruments.Grpc);
        try
        {
            var answer = await TryRunAsync(message, call);
            code = answer.Error is { } refusal ? ErrorMapping.Of(refusal.Code).Code : GatewayInstruments.Ok;
            if (await sink.WriteAsync(new StreamAnswer(message, answer)) is { } error)
                await sink.WriteAsync(new StreamAnswer(message, error));
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The caller is gone, or its deadline has passed: the stream ends where its requests are read.
        }
        finally
        {
            var took = clock.GetElapsedTime(arrived);
            instruments.Ended(GatewayInstruments.Grpc, OperationKind.Infer.Name, code, took);
            RequestSpans.End(span, code, took);
            if (call.Resources.RequestLog.Takes())
                call.Resources.RequestLog.Write(GatewayInstruments.Grpc, "POST", $"stream {message.Model}", code, took, message.Id ?? "", call.Principal, "", "");
            source.Release(message);
            room.Release();
        }
    }

    /// <summary>
    /// As <see cref="RunAsync"/>, but each request passes the door by itself, and a fault of the server is one request's answer, not
    /// the stream's end.
    /// </summary>
    private async ValueTask<Outcome<InferAnswer>> TryRunAsync(InferMessage message, GrpcCall call)
    {
        if (call.Authorize(OperationKind.Infer, message.Model) is { } refusal) return refusal;

        // Headers are out when the first of them is answered: what is left cannot be told here.
        using var pass = (QuotaPass)await quotas.AcquireAsync(new QuotaRequest(call.Principal, message.Model, message.Length, Headers: null));
        if (pass.Error is { } over) return over;
        try
        {
            return await RunAsync(message, ids.For(message.Id, call.Metadata), call, pass);
        }
        catch (Exception exception) when (!call.Cancellation.IsCancellationRequested)
        {
            LogFailure(exception, message.Model);
            return new ServingError(ErrorCode.Internal, "the server failed on this request; its log says why");
        }
    }

    private async ValueTask<Outcome<InferAnswer>> RunAsync(InferMessage message, string id, GrpcCall call, QuotaPass pass)
    {
        if (!message.Content.TryGetValue(out var parsed, out var error)) return error;
        var left = call.TimeLeft;
        if (left == TimeSpan.Zero) return DeadlinePassed;
        var attributes = new RequestAttributes(call.Metadata, parsed);
        var request = parsed.ToRequest(message.Model, message.Version, id, attributes, call.Principal.Caller, left);
        pass.Charge(request, message.Length);
        var outcome = await engine.InferAsync(request, call.Cancellation);
        if (!outcome.TryGetValue(out var response, out error)) return error;
        if (Classification.TryApply(engine.Models, parsed, response, out var outputs, out error))
            return new InferAnswer(response, outputs, message.Id);
        response.Dispose();
        return error;
    }

    [LoggerMessage(EventId = 21, Level = LogLevel.Error, Message = "A request for model {Model} on a stream failed")]
    private partial void LogFailure(Exception exception, string model);
}
