using System.Diagnostics.Metrics;
using Serving.Inference;

namespace Serving.Telemetry;

/// <summary>
/// What one version records while it runs, with its labels made once. Called on session threads, outside of every lock.
/// </summary>
internal sealed class VersionInstruments(
    string model, string version,
    Histogram<double> duration, Histogram<double> queue, Histogram<double> compute, Histogram<double> batchSize, Counter<long> routed)
{
    private readonly KeyValuePair<string, object?>[] labels = [new("model", model), new("version", version)];

    /// <summary>The labels of the route that was counted last: hardly ever is the next one another.</summary>
    private RouteLabels? last;

    /// <summary>One run of <paramref name="rows"/> rows.</summary>
    public void Ran(int rows, TimeSpan took)
    {
        compute.Record(took.TotalSeconds, labels);
        batchSize.Record(rows, labels);
    }

    /// <summary>One request of a run.</summary>
    public void Succeeded(TimeSpan waited, TimeSpan total)
    {
        queue.Record(waited.TotalSeconds, labels);
        duration.Record(total.TotalSeconds, labels);
    }

    public void Routed(in RouteDecision route)
    {
        if (!routed.Enabled) return;
        var known = Volatile.Read(ref last);
        if (known is null || known.Variant != route.Variant || known.Reason != route.Reason)
        {
            known = new RouteLabels(
                route.Variant, route.Reason, [labels[0], labels[1], new("variant", route.Variant ?? ""), new("reason", route.Reason.Name())]);
            Volatile.Write(ref last, known);
        }

        routed.Add(1, known.Labels);
    }

    private sealed record RouteLabels(string? Variant, RouteReason Reason, KeyValuePair<string, object?>[] Labels);
}
