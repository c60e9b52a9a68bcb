using System.Globalization;
using System.Text;

namespace Gateway.Metrics;

/// <summary>The labels of a series as they are written, without the braces: <c>model="iris",version="1"</c>.</summary>
internal static class LabelText
{
    /// <summary>What stands for all series over the limit of one metric.</summary>
    public const string Overflow = "overflow=\"true\"";

    /// <summary>Sorted by name, so that the same labels in another order are the same text. Labels without a value are left out.</summary>
    public static string Of(ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        if (labels.IsEmpty) return "";
        var sorted = labels.ToArray();
        Array.Sort(sorted, static (left, right) => string.CompareOrdinal(left.Key, right.Key));
        var text = new StringBuilder();
        foreach (var (name, value) in sorted)
        {
            if (value is null) continue;
            if (text.Length > 0) text.Append(',');
            text.Append(MetricName.Sanitize(name)).Append("=\"");
            Escape(text, Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
            text.Append('"');
        }

        return text.ToString();
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
