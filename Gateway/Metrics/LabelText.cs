using System.Globalization;
using System.Text;
using OpenTelemetry;

namespace Gateway.Metrics;

/// <summary>The labels of a series as they are written, without the braces: <c>model="iris",version="1"</c>.</summary>
internal static class LabelText
{
    /// <summary>In the order given. Labels without a value are left out.</summary>
    public static string Of(params ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in labels) Append(text, name, value);
        return text.ToString();
    }

    /// <summary>As above; a reader's are in the order of their names.</summary>
    public static string Of(ReadOnlyTagCollection labels)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in labels) Append(text, name, value);
        return text.ToString();
    }

    private static void Append(StringBuilder text, string name, object? value)
    {
        if (value is null) return;
        if (text.Length > 0) text.Append(',');
        text.Append(MetricName.Sanitize(name)).Append("=\"");
        Escape(text, value is bool truth ? truth ? "true" : "false" : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
        text.Append('"');
    }

    private static void Escape(StringBuilder text, string value)
    {
        foreach (var c in value)
        {
            if (c == '\n') text.Append("\\n");
            else if (c is '\\' or '"') text.Append('\\').Append(c);
            else text.Append(c);
        }
    }
}
