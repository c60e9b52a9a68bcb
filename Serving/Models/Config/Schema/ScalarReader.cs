using System.Globalization;
using Serving.Models.Config.Syntax;

namespace Serving.Models.Config.Schema;

/// <summary>Scalars by the rules of each form: the text form has hexadecimal and octal, the JSON form integers in strings.</summary>
internal static class ScalarReader
{
    /// <summary>The value, or null with the reason in <paramref name="expected"/>, worded to follow "must be".</summary>
    public static object? Read(FieldSpec field, FieldKind kind, ConfigNode node, ConfigForm form, out string expected)
    {
        expected = "";
        switch (kind)
        {
            case FieldKind.String:
                expected = "a string in quotes";
                return node.Kind == ConfigNodeKind.String ? node.Text : null;
            case FieldKind.Bool:
                expected = "true or false";
                return Flag(node, form);
            case FieldKind.Double:
                expected = "a number";
                return Number(node, form);
            case FieldKind.Enum:
                expected = $"one of {string.Join(", ", field.Enum!.Names)}";
                return Symbol(field.Enum, node, form);
            default:
                var (least, most) = Range(kind);
                expected = $"an integer from {least} to {most}";
                return Integer(node, form) is { } integer && integer >= least && integer <= most ? (long)integer : null;
        }
    }

    /// <summary>A key of a JSON map is always a string, whatever its kind.</summary>
    public static object? ReadJsonKey(FieldSpec field, string key, int line, out string expected)
    {
        var node = new ConfigNode(ConfigNodeKind.String, line) { Text = key };
        return Read(field, field.Key!.Value, node, ConfigForm.Json, out expected);
    }

    private static (long Least, long Most) Range(FieldKind kind) => kind switch
    {
        FieldKind.Int32 => (int.MinValue, int.MaxValue),
        FieldKind.UInt32 => (0, uint.MaxValue),
        FieldKind.UInt64 => (0, long.MaxValue),
        _ => (long.MinValue, long.MaxValue),
    };

    private static object? Flag(ConfigNode node, ConfigForm form)
    {
        if (node.Kind == ConfigNodeKind.Word && (form == ConfigForm.Text || node.Text is "true" or "false"))
        {
            if (node.Text is "true" or "True" or "t") return true;
            if (node.Text is "false" or "False" or "f") return false;
        }

        if (form == ConfigForm.Text && node.Kind == ConfigNodeKind.Number && Integer(node, form) is { } number)
            return number == 0 ? false : number == 1 ? true : null;
        return null;
    }

    private static object? Symbol(EnumSpec names, ConfigNode node, ConfigForm form)
    {
        var number = node.Kind switch
        {
            ConfigNodeKind.Number when Integer(node, form) is { } integer => integer,
            ConfigNodeKind.Word when form == ConfigForm.Text => names.Find(node.Text),
            ConfigNodeKind.String when form == ConfigForm.Json => names.Find(node.Text),
            _ => -1,
        };
        return number >= 0 && number < names.Names.Length ? (int)number : null;
    }

    private static Int128? Integer(ConfigNode node, ConfigForm form)
    {
        if (form == ConfigForm.Json)
        {
            // Protobuf takes 1.0 and 1e2 for integers; decimal holds every one that fits a field.
            if (node.Kind is not (ConfigNodeKind.Number or ConfigNodeKind.String)) return null;
            const NumberStyles Styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
            return decimal.TryParse(node.Text, Styles, CultureInfo.InvariantCulture, out var value) && value == decimal.Truncate(value)
                ? (Int128)value : null;
        }

        if (node.Kind != ConfigNodeKind.Number) return null;
        var negative = node.Text.StartsWith('-');
        var digits = negative ? node.Text[1..] : node.Text;
        var magnitude = digits switch
        {
            ['0', 'x' or 'X', ..] => Digits(digits.AsSpan(2), 16),
            ['0', _, ..] => Digits(digits.AsSpan(1), 8),
            _ => Digits(digits, 10),
        };
        return negative ? -magnitude : magnitude;
    }

    private static Int128? Digits(ReadOnlySpan<char> digits, int radix)
    {
        Int128 value = 0;
        foreach (var c in digits)
        {
            var digit = char.IsAsciiHexDigit(c) ? (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10) : radix;
            if (digit >= radix || value > long.MaxValue) return null;
            value = (value * radix) + digit;
        }

        return digits.IsEmpty ? null : value;
    }

    private static object? Number(ConfigNode node, ConfigForm form)
    {
        var text = node.Text;
        if (form == ConfigForm.Text)
        {
            if (node.Kind is not (ConfigNodeKind.Number or ConfigNodeKind.Word)) return null;
            if (Integer(node, form) is { } integer) return (double)integer;
            if (node.Kind == ConfigNodeKind.Number) text = text.TrimEnd('f', 'F');
        }
        else if (node.Kind is not (ConfigNodeKind.Number or ConfigNodeKind.String)) return null;

        return text.ToLowerInvariant() switch
        {
            "inf" or "infinity" => double.PositiveInfinity,
            "-inf" or "-infinity" => double.NegativeInfinity,
            "nan" or "-nan" => double.NaN,
            _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) => value,
            _ => null,
        };
    }
}
