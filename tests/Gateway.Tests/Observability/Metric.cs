using Gateway.Metrics;
using Serving.Telemetry;

namespace Gateway.Tests.Observability;

/// <summary>
/// PromQL over rows of the instrument lists: a metric that does not exist cannot be named, nor a label that it has not.
/// </summary>
internal static class Metric
{
    /// <summary>What the runtime measures of itself (meter System.Runtime), as far as it is shown.</summary>
    public static readonly InstrumentRow Cpu = new("dotnet.process.cpu.time", InstrumentKind.Counter, "s", "CPU time of the process", "cpu.mode");
    public static readonly InstrumentRow Memory = new("dotnet.process.memory.working_set", InstrumentKind.Gauge, "By", "Resident memory of the process");
    public static readonly InstrumentRow Heap = new("dotnet.gc.last_collection.heap.size", InstrumentKind.Gauge, "By", "Managed heap after the last collection", "gc.heap.generation");
    public static readonly InstrumentRow Pauses = new("dotnet.gc.pause.time", InstrumentKind.Counter, "s", "Time in which collections stopped the process");
    public static readonly InstrumentRow PoolQueue = new("dotnet.thread_pool.queue.length", InstrumentKind.Gauge, "{work_item}", "Work that waits for a thread of the pool");

    public static readonly IReadOnlyList<InstrumentRow> Runtime = [Cpu, Memory, Heap, Pauses, PoolQueue];

    public static readonly IReadOnlyList<InstrumentRow> All = [.. GatewayInstruments.All, .. ServingInstruments.All, .. DriftNumbers.All, .. Runtime];

    /// <summary>The samples of a counter or gauge.</summary>
    /// <param name="row">What is measured.</param>
    /// <param name="labels">Conditions such as <c>code="ok"</c>.</param>
    public static string Of(InstrumentRow row, params string[] labels) =>
        $"{MetricName.Of(row.Name, row.Unit, row.Kind)}{(row.Kind == InstrumentKind.Counter ? "_total" : "")}{Braces(row, labels)}";

    public static string Rate(InstrumentRow row, params string[] labels) => $"rate({Of(row, labels)}[5m])";

    public static string SumRate(InstrumentRow row, string by, params string[] labels) => $"sum by ({By(row, by)}) ({Rate(row, labels)})";

    public static string Quantile(double quantile, InstrumentRow row, string by, params string[] labels) => FormattableString.Invariant(
        $"histogram_quantile({quantile}, sum by ({By(row, by)}, le) (rate({Part(row, "bucket", labels)}[5m])))");

    public static string Mean(InstrumentRow row, string by) =>
        $"sum by ({By(row, by)}) (rate({Part(row, "sum")}[5m])) / sum by ({By(row, by)}) (rate({Part(row, "count")}[5m]))";

    private static string Part(InstrumentRow row, string part, params string[] labels)
    {
        if (row.Kind != InstrumentKind.Histogram) throw new ArgumentException($"{row.Name} is no histogram.", nameof(row));
        return $"{MetricName.Of(row.Name, row.Unit, row.Kind)}_{part}{Braces(row, labels)}";
    }

    private static string By(InstrumentRow row, string names) => string.Join(", ", names.Split(", ").Select(name => Label(row, name)));

    private static string Braces(InstrumentRow row, string[] labels)
    {
        foreach (var label in labels) Label(row, label[..label.IndexOfAny(['=', '!'])]);
        return labels.Length == 0 ? "" : $"{{{string.Join(',', labels)}}}";
    }

    private static string Label(InstrumentRow row, string name) =>
        row.Labels.Contains(name) ? MetricName.Sanitize(name) : throw new ArgumentException($"{row.Name} has no label {name}.", nameof(name));
}
