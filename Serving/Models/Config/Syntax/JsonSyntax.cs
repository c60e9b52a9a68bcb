using System.Text.Json;
using Serving.Models.Config.Values;

namespace Serving.Models.Config.Syntax;

/// <summary>Reads the structure of the JSON form into the same nodes as the text form. Stops at the first fault of structure.</summary>
internal ref struct JsonSyntax
{
    /// <summary>The field that is ours; kept as JSON beside the nodes, since its parts are read by other slices.</summary>
    public const string ServingField = "serving";

    private readonly ConfigFaults faults;
    private readonly ReadOnlySpan<byte> source;
    private Utf8JsonReader reader;
    private int line = 1;
    private long counted;

    private JsonSyntax(ReadOnlySpan<byte> utf8, ConfigFaults faults)
    {
        source = utf8.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8;
        reader = new(source, new JsonReaderOptions { MaxDepth = ConfigLimits.Nesting });
        this.faults = faults;
    }

    /// <summary>The file as one message; null, with a fault, when it is not one JSON object.</summary>
    public static ConfigNode? Read(ReadOnlySpan<byte> utf8, ConfigFaults faults, out JsonSection? serving)
    {
        serving = null;
        var syntax = new JsonSyntax(utf8, faults);
        try
        {
            syntax.reader.Read();
            if (syntax.reader.TokenType != JsonTokenType.StartObject) return syntax.Fail("the file must hold one JSON object");
            var root = syntax.Message(out serving);
            while (root is not null && syntax.reader.Read())
            {
            }

            return root;
        }
        catch (JsonException fault)
        {
            faults.Refuse((int)(fault.LineNumber ?? 0) + 1, $"this is not JSON: {Reason(fault)}");
            return null;
        }
        catch (InvalidOperationException)
        {
            return syntax.Fail("a string is not valid Unicode");
        }
    }

    // The library appends its own position, which counts from zero.
    private static string Reason(JsonException fault)
    {
        var end = fault.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return (end < 0 ? fault.Message : fault.Message[..end]).TrimEnd('.');
    }

    private ConfigNode? Message(out JsonSection? serving)
    {
        serving = null;
        var start = Line();
        var outermost = reader.CurrentDepth == 0;
        var fields = new List<ConfigField>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = reader.GetString()!;
            var nameLine = Line();
            if (!seen.Add(name)) return Fail($"'{name}' is set twice in the same object");
            reader.Read();
            if (outermost && name == ServingField)
            {
                var copy = reader;
                serving = new(JsonElement.ParseValue(ref copy));
            }

            if (Value() is not { } value) return null;
            fields.Add(new(name, nameLine, value));
        }

        return new(ConfigNodeKind.Message, start) { Fields = fields };
    }

    private ConfigNode? Value()
    {
        var start = Line();
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return Message(out _);
            case JsonTokenType.StartArray:
                var items = new List<ConfigNode>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    if (Value() is not { } item) return null;
                    items.Add(item);
                }

                return new(ConfigNodeKind.List, start) { Items = items };
            case JsonTokenType.String:
                return new(ConfigNodeKind.String, start) { Text = reader.GetString()! };
            case JsonTokenType.Number:
                return new(ConfigNodeKind.Number, start) { Text = System.Text.Encoding.ASCII.GetString(reader.ValueSpan) };
            case JsonTokenType.Null:
                return new(ConfigNodeKind.Null, start);
            default:
                return new(ConfigNodeKind.Word, start) { Text = reader.TokenType == JsonTokenType.True ? "true" : "false" };
        }
    }

    /// <summary>Of the present token. Tokens only move forward, so each line end is counted once.</summary>
    private int Line()
    {
        var position = reader.TokenStartIndex;
        line += source[(int)counted..(int)position].Count((byte)'\n');
        counted = position;
        return line;
    }

    private ConfigNode? Fail(string sentence)
    {
        faults.Refuse(Line(), sentence);
        return null;
    }
}
