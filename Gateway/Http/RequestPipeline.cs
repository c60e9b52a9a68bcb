using System.Diagnostics;
using System.Threading.RateLimiting;
using Gateway.Access;
using Gateway.Access.Quotas;
using Gateway.Hosting;
using Gateway.Logs;
using Gateway.Metrics;
using Gateway.Tracing;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Serving;
using Serving.Access;

namespace Gateway.Http;

/// <summary>
/// Every request's way in and out: find the operation, let it answer, and turn whatever goes wrong into an error document.
/// There is nothing in front of it but the web server.
/// </summary>
internal sealed partial class RequestPipeline(
    OperationTable operations, GatewayParts parts, ILogger<RequestPipeline> logger)
{
    private const int LongestEcho = 100;

    private readonly CorsPolicy? cors = CorsPolicy.Of(parts.Options);

    public async Task InvokeAsync(HttpContext context)
    {
        var arrived = parts.Clock.GetTimestamp();
        Operation? operation = null;
        string? code = null;
        Activity? span = null;
        QuotaPass? pass = null;
        parts.Instruments.Began(GatewayInstruments.Http);
        try
        {
            if (cors is not null && cors.Answers(context)) return;
            var request = context.Features.GetRequiredFeature<IHttpRequestFeature>();
            if (operations.TryFind(request.Method, request.RawTarget, out var values, out operation, out var allowed))
            {
                span = RequestSpans.Begin(operation.Kind, context, parts.Clock, arrived);
                await EnterAsync(context, operation, values, out pass);
            }
            else if (allowed is null) await Answer.ErrorAsync(context, NoSuchPath(request.RawTarget));
            else await RefuseMethodAsync(context, request.Method, allowed);
        }
        catch (BadHttpRequestException refusal)
        {
            await RefuseAsync(context, refusal);
        }
        catch (Exception exception) when (IsCallerGone(context, exception))
        {
            // Nobody reads this status; it is for access logs.
            if (!context.Response.HasStarted) context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
        catch (Exception exception)
        {
            code = ErrorMapping.Of(ErrorCode.Internal).Code;
            await FailAsync(context, exception);
        }
        finally
        {
            pass?.Dispose();
            code ??= CodeOf(context);
            RequestSpans.End(span, code, Measure(context, operation, pass, code, arrived));
        }
    }

    /// <summary>Past the door, to what answers. Nothing of the body is read before.</summary>
    private Task EnterAsync(HttpContext context, Operation operation, PathValues values, out QuotaPass? pass)
    {
        var (kind, principal) = (operation.Kind, Principal.Anonymous);
        pass = null;
        var model = kind.Reach == AccessReach.Model ? values.Model : "";
        if (kind.Scope != AccessScope.None && Refusal(context, kind, model, out principal) is { } refusal)
        {
            principal.Enter(context);
            return Answer.ErrorAsync(context, refusal);
        }

        if (!ReferenceEquals(kind, OperationKind.Infer))
        {
            principal.Enter(context);
            return parts.Audit.Covers(kind) ? ChangeAsync(context, operation, values) : operation.Handler(context, values);
        }

        var entering = parts.Quotas.AcquireAsync(new QuotaRequest(principal, model, context.Request.ContentLength ?? 0, context.Response.Headers));
        if (!entering.IsCompletedSuccessfully)
        {
            principal.Enter(context);
            return InferAsync(context, operation, values, entering);
        }

        pass = (QuotaPass)entering.Result;
        return InferAsync(context, operation, values, pass);
    }

    private static async Task InferAsync(HttpContext context, Operation operation, PathValues values, ValueTask<RateLimitLease> entering)
    {
        using var pass = (QuotaPass)await entering;
        await InferAsync(context, operation, values, pass);
    }

    private static Task InferAsync(HttpContext context, Operation operation, PathValues values, QuotaPass pass)
    {
        if (pass.Error is { } over) return Answer.ErrorAsync(context, over);
        values.Pass = pass;
        return operation.Handler(context, values);
    }

    private ServingError? Refusal(HttpContext context, OperationKind kind, string model, out Principal principal)
    {
        principal = Principal.Anonymous;
        if (!parts.Access.Authenticate(context).TryGetValue(out var caller, out var error)) return error;
        principal = caller;
        return ReferenceEquals(caller, Principal.Anonymous) ? null : parts.Access.Authorize(caller, kind, model);
    }

    private async Task ChangeAsync(HttpContext context, Operation operation, PathValues values)
    {
        var model = values["model"];
        var before = await parts.Audit.DescribeAsync(operation.Kind, model, context.RequestAborted);
        await operation.Handler(context, values);
        if (context.Response.StatusCode < StatusCodes.Status400BadRequest)
            await parts.Audit.RecordAsync(Principal.ActorOf(context), operation.Kind, model, before);
    }

    /// <summary>How long it took, counted and logged.</summary>
    private TimeSpan Measure(HttpContext context, Operation? operation, QuotaPass? pass, string code, long arrived)
    {
        var response = context.Response;
        if (response.ContentLength is { } sent and > 0 && context.Request.Method != "HEAD")
            parts.Instruments.Sent(GatewayInstruments.Http, sent);
        var took = parts.Clock.GetElapsedTime(arrived);
        parts.Instruments.Ended(GatewayInstruments.Http, operation?.Kind.Name ?? GatewayInstruments.NoOperation, code, took);
        if (parts.RequestLog.Takes())
        {
            var target = RequestLog.PathOf(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
            parts.RequestLog.Write(context, GatewayInstruments.Http, target, pass?.Principal ?? Principal.Of(context), code, took);
        }

        return took;
    }

    private static string CodeOf(HttpContext context)
    {
        var status = context.Response.StatusCode;
        if (status == StatusCodes.Status499ClientClosedRequest) return GatewayInstruments.CallerGone;
        return status >= StatusCodes.Status400BadRequest && context.Features.Get<ServingError>() is { } error
            ? ErrorMapping.Of(error.Code).Code
            : GatewayInstruments.Ok;
    }

    private static bool IsCallerGone(HttpContext context, Exception exception) =>
        exception is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested
        || exception is ConnectionResetException or ConnectionAbortedException;

    private static ServingError NoSuchPath(string target)
    {
        var echo = target.Length <= LongestEcho ? target : string.Concat(target.AsSpan(0, LongestEcho), "...");
        return new ServingError(ErrorCode.NotFound, $"there is nothing at '{echo}'; the inference protocol is under /v2");
    }

    private static Task RefuseMethodAsync(HttpContext context, string method, string allowed)
    {
        context.Response.Headers.Allow = allowed;
        return Answer.ErrorAsync(
            context, new ServingError(ErrorCode.MethodNotAllowed, $"{method} is not allowed here; use {allowed}"));
    }

    private Task RefuseAsync(HttpContext context, BadHttpRequestException refusal)
    {
        if (context.Response.HasStarted) return AbortAsync(context);
        BeginAgain(context);
        return Answer.ErrorAsync(context, Answer.Broken(context, refusal));
    }

    private Task FailAsync(HttpContext context, Exception exception)
    {
        var response = context.Response;
        var id = response.Headers[InferenceHeaders.RequestId];
        LogFailure(exception, context.Request.Method, context.Request.Path, id);
        if (response.HasStarted) return AbortAsync(context);
        BeginAgain(context);
        if (id.Count > 0) response.Headers[InferenceHeaders.RequestId] = id;
        return Answer.ErrorAsync(
            context, new ServingError(ErrorCode.Internal, "the server failed on this request; its log says why"));
    }

    /// <summary>Forgets what the answer was to be; who may read it stays.</summary>
    private void BeginAgain(HttpContext context)
    {
        context.Response.Clear();
        cors?.Answers(context);
    }

    private static Task AbortAsync(HttpContext context)
    {
        // Half an answer is out: ending the connection is the only way left to say that it is not whole.
        context.Abort();
        return Task.CompletedTask;
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "{Method} {Path} failed (request {Id})")]
    private partial void LogFailure(Exception exception, string method, string path, string? id);
}
