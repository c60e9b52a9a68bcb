using System.Buffers;
using System.Text.Json;
using Serving;

namespace Gateway.Settings;

/// <summary>A JSON object of settings; an empty body is an empty one. What a value must be, the settings know.</summary>
internal static class SettingsBody
{
    private const int LongestEcho = 64;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 4 };

    /// <summary>Values as the log's settings take them: <see cref="bool"/>, <see cref="long"/>, text, else null.</summary>
    public static Outcome<Dictionary<string, object?>> ReadValues(ReadOnlySequence<byte> body) =>
        Read<object?>(body, static value => value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number when value.TryGetInt64(out var number) => number,
            _ => null,
        });

    /// <summary>Values as the trace settings take them: a list of texts; null for null, which takes a choice back.</summary>
    public static Outcome<Dictionary<string, IReadOnlyList<string>?>> ReadLists(ReadOnlySequence<byte> body) =>
        Read<IReadOnlyList<string>?>(body, static value => value.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.String => [value.GetString()!],
            JsonValueKind.Number => [value.GetRawText()],
            JsonValueKind.Array => [.. value.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? item.GetString()! : "")],
            _ => [],
        });

    /// <summary>A setting's name as far as it can stand in a sentence.</summary>
    public static string Echo(string name) => name.Length <= LongestEcho ? name : $"{name[..LongestEcho]}…";

    private static Outcome<Dictionary<string, T>> Read<T>(ReadOnlySequence<byte> body, Func<JsonElement, T> take)
    {
        var settings = new Dictionary<string, T>();
        if (body.IsEmpty) return settings;
        try
        {
            using var document = JsonDocument.Parse(body, Strict);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return ServingError.Invalid("the body must be a JSON object of settings");
            foreach (var member in document.RootElement.EnumerateObject()) settings[member.Name] = take(member.Value);
            return settings;
        }
        catch (JsonException fault)
        {
            return ServingError.Invalid(
                $"the body is not valid JSON at line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1}");
        }
        catch (InvalidOperationException)
        {
            // What the parser throws for text with half a surrogate pair or broken UTF-8 in it.
            return ServingError.Invalid("the body has a string that is not valid Unicode");
        }
    }
}
