using System.Buffers;
using System.Globalization;
using System.Text;
using OpenTelemetry.Metrics;
using Serving.Telemetry;

namespace Gateway.Metrics;

/// <summary>
/// Writes families as Prometheus reads them: the text format that every version knows, or OpenMetrics, which also carries units
/// and examples.
/// </summary>
/// <param name="output">Where the text goes, in UTF-8.</param>
/// <param name="openMetrics">Which of the two.</param>
internal sealed class ExpositionWriter(IBufferWriter<byte> output, bool openMetrics)
{
    public void Family(MetricFamily family)
    {
        var name = family.Kind == InstrumentKind.Counter && !openMetrics ? $"{family.Name}_total" : family.Name;
        Line($"# HELP {name} {EscapeHelp(family.Meaning)}");
        Line($"# TYPE {name} {Word(family.Kind)}");
        if (openMetrics && MetricName.UnitWord(family.Metric.Unit) is { } unit) Line($"# UNIT {name} {unit}");
        foreach (ref readonly var point in family.Metric.GetMetricPoints())
        {
            var labels = LabelText.Of(point.Tags);
            if (family.Kind == InstrumentKind.Histogram) Histogram(family.Name, labels, point);
            else Sample(family.Name, family.Kind == InstrumentKind.Counter ? "_total" : "", labels, Number(family.Value(point)));
        }
    }

    /// <summary>A counter of another product's: its name does not end as OpenMetrics wants it, so that there it has no type.</summary>
    public void ForeignCounter(string name, string meaning)
    {
        Line($"# HELP {name} {EscapeHelp(meaning)}");
        Line($"# TYPE {name} {(openMetrics ? "unknown" : "counter")}");
    }

    public void ForeignSample(string name, string labels, ulong value) => Sample(name, "", labels, $"{value}");

    public void End()
    {
        if (openMetrics) output.Write("# EOF\n"u8);
    }

    private void Histogram(string name, string labels, in MetricPoint point)
    {
        var count = 0L;
        var comma = labels.Length > 0 ? "," : "";

        // At most one for each bucket, in the buckets' order.
        var more = point.TryGetExemplars(out var kept) && openMetrics;
        var examples = kept.GetEnumerator();
        more = more && examples.MoveNext();
        foreach (var bucket in point.GetHistogramBuckets())
        {
            count += bucket.BucketCount;
            var bound = double.IsPositiveInfinity(bucket.ExplicitBound) ? "+Inf" : Bound(bucket.ExplicitBound);
            var example = "";
            if (more && examples.Current.DoubleValue <= bucket.ExplicitBound)
            {
                example = Example(examples.Current);
                more = examples.MoveNext();
            }

            Sample(name, "_bucket", $"{labels}{comma}le=\"{bound}\"", $"{count}{example}");
        }

        Sample(name, "_sum", labels, Number(point.GetHistogramSum()));
        Sample(name, "_count", labels, Number(count));
    }

    private static string Word(InstrumentKind kind) => kind switch
    {
        InstrumentKind.Counter => "counter",
        InstrumentKind.Gauge => "gauge",
        _ => "histogram",
    };

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>A bound is a label: it must be the same text on every machine, and readable.</summary>
    private static string Bound(double value) => value.ToString("0.0###############", CultureInfo.InvariantCulture);

    private static string Example(in Exemplar example) => string.Create(
        CultureInfo.InvariantCulture,
        $" # {{trace_id=\"{example.TraceId}\",span_id=\"{example.SpanId}\"}} {example.DoubleValue} {example.Timestamp.ToUnixTimeMilliseconds() / 1000.0}");

    private static string EscapeHelp(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private void Line(string text)
    {
        Encoding.UTF8.GetBytes(text, output);
        output.Write("\n"u8);
    }

    private void Sample(string name, string suffix, string labels, string value) =>
        Line(labels.Length == 0 ? $"{name}{suffix} {value}" : $"{name}{suffix}{{{labels}}} {value}");
}
