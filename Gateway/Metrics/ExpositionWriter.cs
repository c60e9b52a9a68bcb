using System.Buffers;
using System.Globalization;
using System.Text;
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
        Line($"# HELP {name} {EscapeHelp(family.Instrument.Description ?? family.Instrument.Name)}");
        Line($"# TYPE {name} {Word(family.Kind)}");
        if (openMetrics && MetricName.UnitWord(family.Instrument.Unit) is { } unit) Line($"# UNIT {name} {unit}");
        family.Write(this);
    }

    /// <summary>A counter's or gauge's value.</summary>
    public void Sample(MetricFamily family, string labels, double value) =>
        Sample(family.Name, family.Kind == InstrumentKind.Counter ? "_total" : "", labels, Number(value));

    public void Histogram(MetricFamily family, string labels, double[] bounds, HistogramSeries histogram)
    {
        var count = 0L;
        var comma = labels.Length > 0 ? "," : "";
        for (var bucket = 0; bucket <= bounds.Length; bucket++)
        {
            count += histogram.Count(bucket);
            var bound = bucket < bounds.Length ? Bound(bounds[bucket]) : "+Inf";
            var example = openMetrics && histogram.ExemplarOf(bucket) is { } kept ? Example(kept) : "";
            Sample(family.Name, "_bucket", $"{labels}{comma}le=\"{bound}\"", $"{count}{example}");
        }

        Sample(family.Name, "_sum", labels, Number(histogram.Sum));
        Sample(family.Name, "_count", labels, Number(count));
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

    private static string Example(Exemplar example) => string.Create(
        CultureInfo.InvariantCulture,
        $" # {{trace_id=\"{example.Trace}\",span_id=\"{example.Span}\"}} {example.Value} {example.At.ToUnixTimeMilliseconds() / 1000.0}");

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
