using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Serving.Inference;

namespace Serving.Telemetry;

/// <summary>What one version counts and records while it runs. Called on session threads, outside of every lock.</summary>
/// <param name="duration">Of requests.</param>
/// <param name="queue">What they waited of it.</param>
/// <param name="compute">Of runs.</param>
/// <param name="batchSize">Their rows.</param>
/// <param name="labels">The model and the version.</param>
internal sealed class VersionInstruments(
    Histogram<double> duration, Histogram<double> queue, Histogram<double> compute, Histogram<double> batchSize,
    params KeyValuePair<string, object?>[] labels)
{
    private readonly HistogramSeries duration = new(duration, labels);
    private readonly HistogramSeries queue = new(queue, labels);
    private readonly HistogramSeries compute = new(compute, labels);
    private readonly HistogramSeries batchSize = new(batchSize, labels);
    private ImmutableArray<Route> routes = [];

    /// <summary>Requests by the variant chosen and why.</summary>
    public IEnumerable<Measurement<long>> Routes => routes.Select(route => new Measurement<long>(
        Interlocked.Read(ref route.Requests), [.. labels, new("variant", route.Variant ?? ""), new("reason", route.Reason.Name())]));

    /// <summary>One run of <paramref name="rows"/> rows.</summary>
    public void Ran(int rows, TimeSpan took)
    {
        compute.Record(took.TotalSeconds);
        batchSize.Record(rows);
    }

    /// <summary>One request of a run.</summary>
    public void Succeeded(TimeSpan waited, TimeSpan total)
    {
        queue.Record(waited.TotalSeconds);
        duration.Record(total.TotalSeconds);
    }

    public void Routed(in RouteDecision decision)
    {
        foreach (var route in routes)
        {
            if (route.Variant != decision.Variant || route.Reason != decision.Reason) continue;
            Interlocked.Increment(ref route.Requests);
            return;
        }

        var added = new Route(decision.Variant, decision.Reason);
        ImmutableInterlocked.Update(ref routes, static (all, one) => all.Any(route => route.Variant == one.Variant && route.Reason == one.Reason) ? all : all.Add(one), added);
        Routed(decision);
    }

    /// <summary>Tells readers what waits to be told.</summary>
    public void Tell()
    {
        duration.Tell();
        queue.Tell();
        compute.Tell();
        batchSize.Tell();
    }

    private sealed class Route(string? variant, RouteReason reason)
    {
        public long Requests;

        public string? Variant { get; } = variant;

        public RouteReason Reason { get; } = reason;
    }
}
