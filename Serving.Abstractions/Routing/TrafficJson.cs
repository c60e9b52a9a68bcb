using System.Text.Json;
using Serving.Documents;

namespace Serving.Routing;

/// <summary>
/// The traffic document as JSON. Reading is strict: unknown fields are refused by name, all faults come in one error.
/// </summary>
public static class TrafficJson
{
    /// <summary>Reads a document and checks all that can be checked without knowing the model.</summary>
    public static Outcome<TrafficDocument> Read(ReadOnlyMemory<byte> json) => Read(json, ready: null);

    /// <summary>
    /// As <see cref="Read(ReadOnlyMemory{byte})"/>; versions that are not ready are told together with all other faults.
    /// </summary>
    public static Outcome<TrafficDocument> Read(ReadOnlyMemory<byte> json, IReadOnlyCollection<string>? ready)
    {
        var faults = new DocumentFaults();
        var fields = DocumentFields.Parse(json, TrafficLimits.MaxBytes, faults);
        if (faults.Any) return faults.ToError();

        var variants = ReadVariants(fields, faults);
        var sticky = ReadSticky(fields, faults);
        var rules = ReadRules(fields, variants, faults);
        var shadows = ReadShadows(fields, variants, faults);
        var epoch = fields.Integer("epoch", 0, long.MaxValue) ?? 0;
        var updated = ReadTime(fields, faults);
        fields.RefuseOthers();
        if (ready is not null) faults.AddRange(TrafficRules.Unready(variants, rules, shadows, ready));
        if (faults.Any) return faults.ToError();
        return new TrafficDocument
        {
            Variants = variants, StickyBy = sticky, Rules = rules, Shadows = shadows, Epoch = epoch, UpdatedAt = updated,
        };
    }

    /// <summary>Writes the document, fields in the order of the documentation, empty ones left out.</summary>
    public static void Write(Utf8JsonWriter json, TrafficDocument document)
    {
        json.WriteStartObject();
        json.WriteStartArray("variants");
        foreach (var variant in document.Variants)
        {
            json.WriteStartObject();
            json.WriteString("version", variant.Version);
            json.WriteNumber("weight", variant.Weight);
            if (variant.Label is not null) json.WriteString("label", variant.Label);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (document.StickyBy is { } sticky) json.WriteString("sticky_by", sticky.ToString());
        if (document.Rules.Count > 0) WriteRules(json, document.Rules);
        if (document.Shadows.Count > 0) WriteShadows(json, document.Shadows);
        json.WriteNumber("epoch", document.Epoch);
        json.WriteString("updated_at", document.UpdatedAt.UtcDateTime);
        json.WriteEndObject();
    }

    private static List<TrafficVariant> ReadVariants(DocumentFields fields, DocumentFaults faults)
    {
        var variants = new List<TrafficVariant>();
        var anyWeight = false;
        foreach (var (item, path) in fields.Objects("variants", TrafficLimits.MaxVariants, required: true))
        {
            var version = item.String("version", TrafficLimits.MaxNameLength, required: true);
            var weight = item.Integer("weight", 0, TrafficLimits.MaxWeight, required: true);
            var label = item.String("label", TrafficLimits.MaxNameLength);
            item.RefuseOthers();
            anyWeight |= weight is null or > 0;
            CheckVersion(version, path, variants, faults);
            CheckLabel(label, path, variants, faults);
            variants.Add(new TrafficVariant(version ?? "", (int)(weight ?? 0), label));
        }

        if (fields.Has("variants") && !anyWeight) faults.Add("variants: at least one weight must be positive");
        return variants;
    }

    private static void CheckVersion(string? version, string path, List<TrafficVariant> before, DocumentFaults faults)
    {
        if (version is null) return;
        if (!TrafficRules.IsVersion(version)) faults.Add($"{path}.version '{version}' is not a version's number");
        else if (before.Any(v => v.Version == version)) faults.Add($"{path}.version {version} is given twice");
    }

    private static void CheckLabel(string? label, string path, List<TrafficVariant> before, DocumentFaults faults)
    {
        if (label is null) return;
        if (!TrafficRules.IsLabel(label)) faults.Add($"{path}.label '{label}' must be a letter, then letters, digits, '-', '_' or '.'");
        else if (before.Any(v => v.Label == label)) faults.Add($"{path}.label '{label}' is given twice");
    }

    private static AttributeSource? ReadSticky(DocumentFields fields, DocumentFaults faults)
    {
        if (fields.String("sticky_by", TrafficLimits.MaxNameLength + 16) is not { } text) return null;
        if (AttributeSource.TryParse(text, out var source)) return source;
        faults.Add($"sticky_by '{text}' must be header:NAME or parameter:NAME");
        return null;
    }

    private static List<TrafficRule> ReadRules(DocumentFields fields, List<TrafficVariant> variants, DocumentFaults faults)
    {
        var rules = new List<TrafficRule>();
        foreach (var (item, path) in fields.Objects("rules", TrafficLimits.MaxRules))
        {
            var source = default(AttributeSource);
            var value = default(string);
            if (item.Object("when", required: true) is { } when)
            {
                source = ReadCondition(when, $"{path}.when", faults);
                value = when.String("equals", TrafficLimits.MaxValueLength, required: true);
                if (value is { Length: 0 }) faults.Add($"{path}.when.equals must not be empty");
                when.RefuseOthers();
            }

            var version = ReadTarget(item, path, variants, faults);
            item.RefuseOthers();
            rules.Add(new TrafficRule(source ?? new AttributeSource(AttributeKind.Header, ""), value ?? "", version));
        }

        return rules;
    }

    private static AttributeSource? ReadCondition(DocumentFields when, string path, DocumentFaults faults)
    {
        var header = when.String("header", TrafficLimits.MaxNameLength);
        var parameter = when.String("parameter", TrafficLimits.MaxNameLength);
        if (when.Has("header") == when.Has("parameter"))
        {
            faults.Add($"{path} needs either a header or a parameter");
            return null;
        }

        var kind = when.Has("header") ? AttributeKind.Header : AttributeKind.Parameter;
        if ((header ?? parameter) is not { } name) return null;
        if (AttributeSource.IsName(kind, name)) return new AttributeSource(kind, name);
        faults.Add($"{path}: '{name}' is not the name of a {(kind == AttributeKind.Header ? "header" : "parameter")}");
        return null;
    }

    private static List<TrafficShadow> ReadShadows(DocumentFields fields, List<TrafficVariant> variants, DocumentFaults faults)
    {
        var shadows = new List<TrafficShadow>();
        foreach (var (item, path) in fields.Objects("shadows", TrafficLimits.MaxShadows))
        {
            var version = ReadTarget(item, path, variants, faults);
            var percent = item.Number("percent", 0, 100, required: true, aboveMin: true);
            item.RefuseOthers();
            var resolved = TrafficRules.Resolve(variants, version);
            if (resolved is not null && shadows.Any(s => TrafficRules.Resolve(variants, s.Version) == resolved))
            {
                faults.Add($"{path}.version {version} is given twice");
            }

            shadows.Add(new TrafficShadow(version, percent ?? 0));
        }

        return shadows;
    }

    private static string ReadTarget(DocumentFields item, string path, List<TrafficVariant> variants, DocumentFaults faults)
    {
        if (item.String("version", TrafficLimits.MaxNameLength, required: true) is not { } version) return "";
        if (TrafficRules.Resolve(variants, version) is null)
        {
            faults.Add($"{path}.version '{version}' is neither a version's number nor a label of this document");
        }

        return version;
    }

    private static DateTimeOffset ReadTime(DocumentFields fields, DocumentFaults faults)
    {
        if (fields.Take("updated_at") is not { } value) return default;
        if (value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out var time)) return time;
        faults.Add("updated_at must be a time such as 2026-11-01T10:00:00Z; it may be left out");
        return default;
    }

    private static void WriteRules(Utf8JsonWriter json, IReadOnlyList<TrafficRule> rules)
    {
        json.WriteStartArray("rules");
        foreach (var rule in rules)
        {
            json.WriteStartObject();
            json.WriteStartObject("when");
            json.WriteString(rule.When.Kind == AttributeKind.Header ? "header" : "parameter", rule.When.Name);
            json.WriteString("equals", rule.EqualTo);
            json.WriteEndObject();
            json.WriteString("version", rule.Version);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteShadows(Utf8JsonWriter json, IReadOnlyList<TrafficShadow> shadows)
    {
        json.WriteStartArray("shadows");
        foreach (var shadow in shadows)
        {
            json.WriteStartObject();
            json.WriteString("version", shadow.Version);
            json.WriteNumber("percent", shadow.Percent);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
