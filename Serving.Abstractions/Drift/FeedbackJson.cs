using System.Globalization;
using System.Text.Json;
using Serving.Documents;

namespace Serving.Drift;

/// <summary>Reads <c>[{"id": "...", "index": 0, "label": "setosa", "at": "2026-11-01T10:00:00Z"}]</c>, strictly.</summary>
public static class FeedbackJson
{
    public static Outcome<IReadOnlyList<Feedback>> Read(ReadOnlyMemory<byte> json)
    {
        if (json.Length > FeedbackLimits.MaxBytes)
            return ServingError.Invalid($"the document is {json.Length} bytes, at most {FeedbackLimits.MaxBytes} are taken; send the truths in parts");
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
            return Read(document.RootElement);
        }
        catch (JsonException fault)
        {
            return ServingError.Invalid($"the document is not valid JSON (line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1})");
        }
    }

    private static Outcome<IReadOnlyList<Feedback>> Read(JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is 0 or > FeedbackLimits.MaxItems)
            return ServingError.Invalid($"the document must be an array of 1 to {FeedbackLimits.MaxItems} truths");
        var faults = new DocumentFaults();
        var truths = new List<Feedback>(list.GetArrayLength());
        foreach (var item in list.EnumerateArray())
        {
            var fields = DocumentFields.Read(item, string.Create(CultureInfo.InvariantCulture, $"[{truths.Count}]"), faults);
            var id = fields.String("id", FeedbackLimits.MaxIdLength, required: true);
            var index = fields.Integer("index", 0, FeedbackLimits.MaxIndex) ?? 0;
            var label = ReadLabel(fields, faults);
            var at = ReadTime(fields, faults);
            fields.RefuseOthers();
            truths.Add(new Feedback(id ?? "", (int)index, label, at));
        }

        return faults.Any ? faults.ToError() : truths;
    }

    /// <summary>A class may be written as a number or a truth value too: it counts as the text that JSON has for it.</summary>
    private static string ReadLabel(DocumentFields fields, DocumentFaults faults)
    {
        if (fields.Take("label", required: true) is not { } label) return "";
        if (label.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False && label.GetRawText() is var text && text.Length <= FeedbackLimits.MaxLabelLength)
            return text;
        if (label.ValueKind == JsonValueKind.String) return fields.String("label", FeedbackLimits.MaxLabelLength) ?? "";
        faults.Add($"{fields.PathOf("label")} must be a string, a number, true or false");
        return "";
    }

    private static DateTimeOffset? ReadTime(DocumentFields fields, DocumentFaults faults)
    {
        if (fields.Take("at") is not { } at) return null;
        if (at.ValueKind == JsonValueKind.String && at.TryGetDateTimeOffset(out var time)) return time;
        faults.Add($"{fields.PathOf("at")} must be a time such as \"2026-11-01T10:00:00Z\"");
        return null;
    }
}
