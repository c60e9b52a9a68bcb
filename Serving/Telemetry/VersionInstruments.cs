using System.Diagnostics.Metrics;
using Serving.Inference;

namespace Serving.Telemetry;

/// <summary>
/// What one version records while it runs, with its labels made once. Called on session threads, outside of every lock.
/// </summary>
internal sealed class VersionInstruments(
    string model, string version,
    Histogram<double> duration, Histogram<double> queue, Histogram<double> compute, Histogram<double> batchSize, ServingInstruments owner)
{
    private readonly KeyValuePair<string, object?>[] labels = [new("model", model), new("version", version)];

    /// <summary>The route that was counted last: hardly ever is the next one another.</summary>
    private RouteCount? last;

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
        var count = Volatile.Read(ref last);
        if (count is null || count.Variant != route.Variant || count.Reason != route.Reason)
        {
            count = owner.CountOf(model, version, route.Variant, route.Reason);
            Volatile.Write(ref last, count);
        }

        count.Add();
    }
}
