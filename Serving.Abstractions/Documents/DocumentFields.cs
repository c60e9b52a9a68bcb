using System.Text.Json;

namespace Serving.Documents;

/// <summary>
/// One JSON object of our own documents, read strictly: every field is asked for by name, and what nobody asked for is a fault.
/// Faults are gathered, never thrown; a field that is missing or wrong reads as null or the given default.
/// </summary>
internal sealed class DocumentFields
{
    private readonly Dictionary<string, JsonElement> fields = new(StringComparer.Ordinal);
    private readonly HashSet<string> asked = new(StringComparer.Ordinal);
    private readonly string path;
    private readonly DocumentFaults faults;

    private DocumentFields(string path, DocumentFaults faults)
    {
        this.path = path;
        this.faults = faults;
    }

    public static DocumentFields Read(JsonElement element, string path, DocumentFaults faults)
    {
        var read = new DocumentFields(path, faults);
        if (element.ValueKind != JsonValueKind.Object)
        {
            faults.Add($"{(path.Length == 0 ? "the document" : path)} must be an object");
            return read;
        }

        foreach (var property in element.EnumerateObject())
        {
            if (!read.fields.TryAdd(NameOf(property), property.Value)) faults.Add($"{read.PathOf(NameOf(property))} is given twice");
        }

        return read;
    }

    /// <summary>Reads a whole body: valid JSON, an object at the top, no larger than the limit.</summary>
    public static DocumentFields Parse(ReadOnlyMemory<byte> json, int maxBytes, DocumentFaults faults)
    {
        if (json.Length > maxBytes)
        {
            faults.Add($"the document is {json.Length} bytes, at most {maxBytes} are taken");
            return new DocumentFields("", faults);
        }

        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 16 });
            return Read(document.RootElement.Clone(), "", faults);
        }
        catch (JsonException fault)
        {
            faults.Add($"the document is not valid JSON (line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1})");
            return new DocumentFields("", faults);
        }
    }

    public bool Has(string name) => fields.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>Where a field of this object stands, such as <c>rules[2].when</c>.</summary>
    public string PathOf(string name)
    {
        // A name can be as long as the document: what an answer repeats of it is bounded.
        var shown = name.Length > 64 ? name[..64] + "…" : name;
        return path.Length == 0 ? shown : $"{path}.{shown}";
    }

    /// <summary>The field's value when it is there and not null; missing required fields are a fault.</summary>
    public JsonElement? Take(string name, bool required = false)
    {
        asked.Add(name);
        if (Has(name)) return fields[name];
        if (required) faults.Add($"{PathOf(name)} is required");
        return null;
    }

    public string? String(string name, int maxLength, bool required = false)
    {
        if (Take(name, required) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.String && TryGetText(value, out var text) && text.Length <= maxLength) return text;
        faults.Add($"{PathOf(name)} must be a string of at most {maxLength} characters");
        return null;
    }

    public long? Integer(string name, long min, long max, bool required = false)
    {
        if (Take(name, required) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= min && number <= max)
        {
            return number;
        }

        faults.Add($"{PathOf(name)} must be a whole number from {min} to {max}");
        return null;
    }

    /// <summary>A number within bounds; <paramref name="aboveMin"/> leaves the lower bound itself out.</summary>
    public double? Number(string name, double min, double max, bool required = false, bool aboveMin = false)
    {
        if (Take(name, required) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number <= max
            && (aboveMin ? number > min : number >= min))
        {
            return number;
        }

        faults.Add(aboveMin
            ? FormattableString.Invariant($"{PathOf(name)} must be a number above {min} and at most {max}")
            : FormattableString.Invariant($"{PathOf(name)} must be a number from {min} to {max}"));
        return null;
    }

    /// <summary>An object; null when the field is missing.</summary>
    public DocumentFields? Object(string name, bool required = false) =>
        Take(name, required) is { } value ? Read(value, PathOf(name), faults) : null;

    /// <summary>
    /// The elements of an array, each with its path; empty when the field is missing, not an array or too long.
    /// </summary>
    public IEnumerable<(JsonElement Value, string Path)> Array(string name, int maxLength, bool required = false)
    {
        if (Take(name, required) is not { } value) yield break;
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > maxLength)
        {
            faults.Add($"{PathOf(name)} must be an array of at most {maxLength}");
            yield break;
        }

        var i = 0;
        foreach (var item in value.EnumerateArray()) yield return (item, $"{PathOf(name)}[{i++}]");
    }

    /// <summary>The elements of an array of objects.</summary>
    public IEnumerable<(DocumentFields Fields, string Path)> Objects(string name, int maxLength, bool required = false)
    {
        foreach (var (value, itemPath) in Array(name, maxLength, required)) yield return (Read(value, itemPath, faults), itemPath);
    }

    /// <summary>Says so for every field that nobody asked for. To be called last.</summary>
    public void RefuseOthers()
    {
        foreach (var name in fields.Keys)
        {
            if (!asked.Contains(name)) faults.Add($"{PathOf(name)} is not a field here, remove it");
        }
    }

    private static string NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            // A name with half a surrogate pair or bytes that are not UTF-8: it cannot be one of ours.
            return "\ufffd";
        }
    }

    private static bool TryGetText(JsonElement value, out string text)
    {
        try
        {
            text = value.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            text = "";
            return false;
        }
    }
}
