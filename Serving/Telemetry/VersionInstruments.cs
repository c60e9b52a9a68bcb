using System.Diagnostics;
using System.Diagnostics.Metrics;
using Serving.Inference;

namespace Serving.Telemetry;

/// <summary>
/// What one version records while it runs, with its labels made once. Called on session threads, outside of every lock.
/// </summary>
internal sealed class VersionInstruments(
    string model, string version, Histogram<double> duration, Histogram<double> queue, Histogram<double> compute, Histogram<double> batchSize,
    Counter<long> routed, MeasurementBuffer<VersionMeasurement> buffer)
{
    private readonly KeyValuePair<string, object?>[] labels = [new("model", model), new("version", version)];

    /// <summary>The labels of the route that was counted last: hardly ever is the next one another.</summary>
    private RouteLabels? last;

    /// <summary>Whether anybody listens.</summary>
    private bool IsHeard => duration.Enabled || queue.Enabled || compute.Enabled || batchSize.Enabled || routed.Enabled;

    /// <summary>One run of <paramref name="rows"/> rows.</summary>
    public void Ran(int rows, TimeSpan took)
    {
        if (IsHeard) buffer.Add(new VersionMeasurement(this, null, rows, took, default));
    }

    /// <summary>One request of a run.</summary>
    public void Succeeded(TimeSpan waited, TimeSpan total)
    {
        if (!IsHeard) return;
        var measured = new VersionMeasurement(this, null, 0, waited, total);

        // Of a traced request it is an example, which goes by the current span.
        if (Activity.Current is null) buffer.Add(measured);
        else Record(measured);
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

        buffer.Add(new VersionMeasurement(this, known.Labels, 0, default, default));
    }

    /// <summary>Tells the instruments.</summary>
    public void Record(in VersionMeasurement measured)
    {
        if (measured.Route is { } route) routed.Add(1, route);
        else if (measured.Rows > 0)
        {
            compute.Record(measured.First.TotalSeconds, labels);
            batchSize.Record(measured.Rows, labels);
        }
        else
        {
            queue.Record(measured.First.TotalSeconds, labels);
            duration.Record(measured.Total.TotalSeconds, labels);
        }
    }

    private sealed record RouteLabels(string? Variant, RouteReason Reason, KeyValuePair<string, object?>[] Labels);
}
