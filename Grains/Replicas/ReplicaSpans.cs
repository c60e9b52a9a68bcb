using System.Diagnostics;
using Serving.Inference;
using Serving.Telemetry;

namespace Grains.Replicas;

/// <summary>
/// The spans of a request in the silo that runs it for another one: one below the gateway's, and one below that for each stage there. The
/// context comes with the request itself, whatever it is sent together with.
/// </summary>
internal static class ReplicaSpans
{
    /// <summary>Null where nobody wants it.</summary>
    /// <param name="context">The gateway's span, as W3C Trace Context writes it; null for a request that is not traced.</param>
    public static Activity? Begin(string? context) =>
        context is not null && ServingTraces.Source.HasListeners() && ActivityContext.TryParse(context, null, isRemote: true, out var parent)
            ? ServingTraces.Source.StartActivity("replica", ActivityKind.Server, parent)
            : null;

    public static void Stages(Activity span, RequestTiming timing)
    {
        var running = span.StartTimeUtc + timing.Queue;
        Stage(span, "queue", span.StartTimeUtc, running);
        Stage(span, "compute", running, running + timing.Compute);
    }

    private static void Stage(Activity span, string name, DateTime from, DateTime to)
    {
        using var stage = ServingTraces.Source.StartActivity(name, ActivityKind.Internal, span.Context, tags: null, links: null, new DateTimeOffset(from));
        stage?.SetEndTime(to);
    }
}
