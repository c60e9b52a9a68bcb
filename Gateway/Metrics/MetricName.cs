using System.Text;
using Serving.Telemetry;

namespace Gateway.Metrics;

/// <summary>
/// Names of instruments as Prometheus writes them: <c>serving.queue.duration</c> in <c>s</c> is
/// <c>serving_queue_duration_seconds</c>.
/// </summary>
internal static class MetricName
{
    /// <summary>The family's name: without the <c>_total</c> that the samples of a counter carry.</summary>
    public static string Of(string name, string? unit, InstrumentKind kind)
    {
        var text = Sanitize(name);

        // That ending belongs to the samples of histograms.
        if (kind == InstrumentKind.Gauge && text.EndsWith("_count", StringComparison.Ordinal)) text = Plural(text[..^"_count".Length]);
        return UnitWord(unit) is { } word && !text.EndsWith('_' + word, StringComparison.Ordinal) ? $"{text}_{word}" : text;
    }

    /// <summary>The unit as a word of the name, or null for plain numbers and things counted.</summary>
    public static string? UnitWord(string? unit) => unit switch
    {
        "s" => "seconds",
        "By" => "bytes",
        _ => null,
    };

    /// <summary>Replaces what may not stand in a name or label.</summary>
    public static string Sanitize(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (var c in name) text.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        if (text.Length == 0 || char.IsAsciiDigit(text[0])) text.Insert(0, '_');
        return text.ToString();
    }

    private static string Plural(string word) => word.EndsWith('y') ? $"{word[..^1]}ies" : $"{word}s";
}
