using System.Diagnostics;
using Gateway.Access;
using Gateway.Http;
using Gateway.Metrics;
using Microsoft.AspNetCore.Http;
using Serving.Access;
using Serving.Inference;
using Serving.Telemetry;

namespace Gateway.Tracing;

/// <summary>
/// The spans of requests: one for the request, under the caller's own where it sent a context, and one below it for each stage.
/// The stages follow each other without a gap, so that they add up to the request.
/// </summary>
internal static class RequestSpans
{
    /// <summary>The headers by which a context comes in, and the one by which ours goes out (W3C Trace Context).</summary>
    public const string Parent = "traceparent";
    public const string State = "tracestate";
    public const string Response = "traceresponse";

    private const string Answered = "answered";

    /// <summary>Null where nobody wants it. It is the current span until <see cref="End"/>.</summary>
    /// <param name="kind">What is asked for.</param>
    /// <param name="context">The request.</param>
    /// <param name="clock">What measures it.</param>
    /// <param name="arrived">When it came: the span begins there, as what is measured of the request does.</param>
    public static Activity? Begin(OperationKind kind, HttpContext context, TimeProvider clock, long arrived)
    {
        // Probes would be most of what is sampled, and say nothing.
        if (!ServingTraces.Source.HasListeners() || kind.Scope == AccessScope.None) return null;
        var headers = context.Request.Headers;
        ActivityContext.TryParse(headers[Parent], headers[State], isRemote: true, out var parent);
        var span = ServingTraces.Source.StartActivity(
            kind.Name, ActivityKind.Server, parent, tags: null, links: null, DateTimeOffset.UtcNow - clock.GetElapsedTime(arrived));
        if (span is { Recorded: true }) context.Response.Headers[Response] = $"00-{span.TraceId}-{span.SpanId}-01";
        return span;
    }

    /// <summary>As <see cref="Begin"/>, of one request among those of a stream.</summary>
    public static Activity? BeginOnStream(OperationKind kind) =>
        ServingTraces.Source.HasListeners() ? ServingTraces.Source.StartActivity(kind.Name, ActivityKind.Server) : null;

    /// <param name="span">From <see cref="Begin"/>.</param>
    /// <param name="code">How the request ended.</param>
    /// <param name="took">What was measured of it.</param>
    public static void End(Activity? span, string code, TimeSpan took)
    {
        if (span is null) return;
        var end = span.StartTimeUtc + took;
        if (span.GetCustomProperty(Answered) is DateTime answered)
        {
            // The two come from different clocks.
            if (end < answered) end = answered;
            Stage(span, "write", answered, end);
        }

        if (code != GatewayInstruments.Ok)
        {
            span.SetTag("error.type", code);
            span.SetStatus(ActivityStatusCode.Error);
        }

        span.SetEndTime(end);
        span.Dispose();
    }

    /// <summary>The body is read, and the engine begins.</summary>
    public static DateTime Read(Activity span, InferenceRequest request)
    {
        span.SetTag("serving.model", request.Model);
        span.SetTag("serving.request.id", request.Id);
        if (request.Caller is not null) span.SetTag("serving.caller", request.Caller);
        var now = DateTime.UtcNow;
        Stage(span, "read", span.StartTimeUtc, now);
        return now;
    }

    /// <summary>The engine has answered. Handing the answer over to whoever writes it counts as writing.</summary>
    /// <param name="span">The request's.</param>
    /// <param name="began">When the engine began.</param>
    /// <param name="answer">The answer; null for a failure.</param>
    public static void Answer(Activity span, DateTime began, InferenceResponse? answer)
    {
        var end = DateTime.UtcNow;
        if (answer is null) Stage(span, "queue", began, end);
        else
        {
            var timing = answer.Timing;
            var routed = began + timing.Route;
            var computing = began + timing.Queue;
            end = computing + timing.Compute;
            Stage(span, "route", began, routed);
            Stage(span, "queue", routed, computing);
            Stage(span, "compute", computing, end);
            span.SetTag("serving.version", answer.Version);
            span.SetTag("serving.route", answer.Route.Text);
        }

        span.SetCustomProperty(Answered, end);
    }

    private static void Stage(Activity request, string name, DateTime from, DateTime to)
    {
        using var stage = ServingTraces.Source.StartActivity(
            name, ActivityKind.Internal, request.Context, tags: null, links: null, new DateTimeOffset(from));
        stage?.SetEndTime(to);
    }
}
