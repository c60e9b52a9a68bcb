using System.Globalization;
using Gateway.Access;
using Gateway.Http;
using Gateway.Metrics;
using Gateway.Tracing;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;
using Serving;
using Serving.Access;

namespace Gateway.Grpc.Transport;

/// <summary>
/// A gRPC server over an HTTP/2 one: finds the method, lets it answer, and ends the call with its status in the trailers, or in
/// the headers when no message went before.
/// </summary>
/// <remarks>
/// <para>
/// What is here is the protocol only: paths, content types, framing, compression, deadlines, statuses. What is served is a
/// <see cref="GrpcMethodTable"/>, whose handlers look as a gRPC library's do, so that one can stand in for this folder.
/// </para>
/// <para>
/// Invariants. A call ends with exactly one status, whatever its handler does. A call's time is counted from its arrival.
/// Bytes of a message are held by the call that reads them and by nobody after it. A caller's fault is never logged as the
/// server's.
/// </para>
/// </remarks>
internal sealed partial class GrpcPipeline(GrpcMethodTable methods, CallResources resources, ILogger<GrpcPipeline> logger)
{
    private const string ContentType = "application/grpc";
    private const int LongestEcho = 100;

    private static readonly GrpcStatus Abandoned = new(GrpcStatusCode.Cancelled, "the caller went away");

    private static readonly string[] StatusNumbers = [.. Enum.GetValues<GrpcStatusCode>().Select(code => code.ToString("D"))];

    public Task InvokeAsync(HttpContext context)
    {
        if (context.RequestAborted.IsCancellationRequested)
        {
            // Given up before it began, as a flood of calls is: nobody reads an answer, and beginning one would end in an exception.
            Count(GatewayInstruments.NoOperation, Abandoned);
            return Task.CompletedTask;
        }

        if (RefusalOf(context.Request) is { } refusal)
        {
            Count(GatewayInstruments.NoOperation, GrpcStatus.Of(refusal));
            return Answer.ErrorAsync(context, refusal);
        }

        context.Response.ContentType = ContentType;
        var path = context.Request.Path.Value ?? "";
        if (!methods.TryFind(path, out var method)) return EndAsync(context, GatewayInstruments.NoOperation, Unknown(path));
        if (!Admit(context, method.Kind).TryGetValue(out var principal, out var error))
            return EndAsync(context, method.Kind.Name, GrpcStatus.Of(error));

        if (!CallHead.TryRead(context.Request.Headers, out var head, out var fault))
        {
            context.Response.Headers["grpc-accept-encoding"] = CallHead.Offered;
            return EndAsync(context, method.Kind.Name, fault);
        }

        if (head.AnswerCoding != ContentCoding.Identity)
            context.Response.Headers["grpc-encoding"] = ContentCodings.Name(head.AnswerCoding);
        LiftBodyLimits(context, method.Streams);
        return RunAsync(context, method, new GrpcCall(context, principal, head, resources));
    }

    private static ServingError? RefusalOf(HttpRequest request)
    {
        if (!HttpMethods.IsPost(request.Method))
        {
            return new ServingError(
                ErrorCode.MethodNotAllowed, $"{request.Method} is not allowed on the gRPC port; calls use POST");
        }

        var type = request.ContentType.AsSpan();
        var rest = type.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase) ? type[ContentType.Length..] : "none";
        if (rest.StartsWith("+proto", StringComparison.OrdinalIgnoreCase)) rest = rest["+proto".Length..];
        return rest.IsEmpty || rest[0] == ';' ? null : new ServingError(
            ErrorCode.UnsupportedMedia,
            "the gRPC port takes application/grpc or application/grpc+proto; HTTP has a port of its own");
    }

    private static GrpcStatus Unknown(string path)
    {
        var echo = path.Length <= LongestEcho ? path : string.Concat(path.AsSpan(0, LongestEcho), "...");
        return new GrpcStatus(
            GrpcStatusCode.Unimplemented, $"there is no method '{echo}'; the service is inference.GRPCInferenceService");
    }

    private static void LiftBodyLimits(HttpContext context, bool streams)
    {
        // Each message has its own limit; a stream may carry any number of them, with any time between.
        var size = context.Features.Get<IHttpMaxRequestBodySizeFeature>();
        if (size is { IsReadOnly: false }) size.MaxRequestBodySize = null;
        var rate = streams ? context.Features.Get<IHttpMinRequestBodyDataRateFeature>() : null;
        if (rate is not null) rate.MinDataRate = null;
    }

    private async Task RunAsync(HttpContext context, GrpcMethod method, GrpcCall call)
    {
        GrpcStatus status;
        var arrived = resources.Clock.GetTimestamp();
        var span = RequestSpans.Begin(method.Kind, context, resources.Clock, arrived);
        resources.Instruments.Began(GatewayInstruments.Grpc);
        try
        {
            // Letting go of a body that broke may throw as reading it may.
            using (call) status = await method.RunAsync(call);
        }
        catch (OperationCanceledException) when (call.IsExpired)
        {
            status = new GrpcStatus(GrpcStatusCode.DeadlineExceeded, "the call's deadline passed before it was answered");
        }
        catch (Exception exception) when (call.Reader.IsCallerGone || IsCallerGone(context, exception))
        {
            // Nobody reads this status.
            status = Abandoned;
        }
        catch (BadHttpRequestException refusal)
        {
            status = GrpcStatus.Invalid(refusal.Message);
        }
        catch (Exception exception)
        {
            LogFailure(exception, method.Path);
            status = new GrpcStatus(GrpcStatusCode.Internal, "the server failed on this call; its log says why");
        }

        End(context, status, behindMessages: call.Writer.IsUsed);
        var took = resources.Clock.GetElapsedTime(arrived);
        resources.Instruments.Ended(GatewayInstruments.Grpc, method.Kind.Name, status.Word, took);
        RequestSpans.End(span, status.Word, took);
        if (resources.RequestLog.Takes())
            resources.RequestLog.Write(context, GatewayInstruments.Grpc, $"{method.Path} {call.Model}", call.Principal, status.Word, took);
    }

    /// <summary>A call that ended before it began.</summary>
    private void Count(string operation, in GrpcStatus status) =>
        resources.Instruments.Count(GatewayInstruments.Grpc, operation, status.Word);

    /// <summary>Past the door, as far as it can be decided before the message is read.</summary>
    private Outcome<Principal> Admit(HttpContext context, OperationKind kind)
    {
        if (kind.Scope == AccessScope.None) return Principal.Anonymous;
        if (!resources.Access.Authenticate(context).TryGetValue(out var principal, out var error)) return error;
        return resources.Access.Authorize(principal, kind, model: null) is { } refusal ? refusal : principal;
    }

    /// <summary>The body may tell before the request's token does, with the connection's end inside of its own exception.</summary>
    private static bool IsCallerGone(HttpContext context, Exception exception) =>
        context.RequestAborted.IsCancellationRequested && exception is OperationCanceledException or IOException
        || exception is ConnectionResetException or ConnectionAbortedException
        || exception is IOException { InnerException: ConnectionResetException or ConnectionAbortedException };

    private Task EndAsync(HttpContext context, string operation, GrpcStatus status)
    {
        Count(operation, status);
        End(context, status, behindMessages: false);
        return Task.CompletedTask;
    }

    private static void End(HttpContext context, GrpcStatus status, bool behindMessages)
    {
        var trailers = behindMessages || status.IsOk
            ? context.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers
            : context.Response.Headers;
        trailers["grpc-status"] = StatusNumbers[(int)status.Code];
        if (status.Message.Length > 0) trailers["grpc-message"] = StatusText.Encode(status.Message);
        if (status.RetryAfter is not { } delay) return;
        var milliseconds = (long)Math.Ceiling(delay.TotalMilliseconds);
        trailers["grpc-retry-pushback-ms"] = milliseconds.ToString(CultureInfo.InvariantCulture);
    }

    [LoggerMessage(EventId = 20, Level = LogLevel.Error, Message = "{Path} failed")]
    private partial void LogFailure(Exception exception, string path);
}
