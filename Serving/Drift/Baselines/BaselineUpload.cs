using System.Text.Json;

namespace Serving.Drift.Baselines;

/// <summary>
/// Reads <c>{"columns": {"sepal_length": [5.1, null], "species": ["setosa"]}, "time_ordered": false}</c>: each column an array of
/// numbers or of texts, null for missing, and "NaN", "Infinity", "-Infinity" for numbers that JSON has no other form for.
/// </summary>
internal static class BaselineUpload
{
    /// <param name="kindOf">What a column must be, where that is known; null to find out from its values.</param>
    /// <returns>The baseline, or one error that names every fault.</returns>
    public static Outcome<Baseline> Read(ReadOnlyMemory<byte> json, Func<string, FeatureKind?> kindOf)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return Read(document.RootElement, kindOf);
        }
        catch (JsonException fault)
        {
            return ServingError.Invalid($"the baseline is not valid JSON: {fault.Message}");
        }
    }

    private static Outcome<Baseline> Read(JsonElement root, Func<string, FeatureKind?> kindOf)
    {
        var faults = new List<string>();
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("columns", out var columns) || columns.ValueKind != JsonValueKind.Object)
            return ServingError.Invalid("a baseline is an object with 'columns': {name: [values]}");

        var ordered = false;
        foreach (var property in root.EnumerateObject())
        {
            if (property.NameEquals("time_ordered") && property.Value.ValueKind is JsonValueKind.True or JsonValueKind.False)
                ordered = property.Value.GetBoolean();
            else if (property.NameEquals("time_ordered"))
                faults.Add("'time_ordered' must be true or false");
            else if (!property.NameEquals("columns"))
                faults.Add($"'{property.Name}' is not a field of a baseline");
        }

        var features = new List<FeatureBaseline>();
        foreach (var column in columns.EnumerateObject())
        {
            if (features.Count + faults.Count >= Baseline.MostFeatures)
            {
                faults.Add($"'columns' has more than {Baseline.MostFeatures} columns");
                break;
            }

            var read = ReadColumn(column.Name, column.Value, kindOf(column.Name), ordered, faults);
            if (read is not null)
                features.Add(read);
        }

        if (features.Count == 0 && faults.Count == 0)
            faults.Add("'columns' names no column");
        return faults.Count > 0 ? ServingError.Invalid(string.Join("; ", faults)) : new Baseline(features);
    }

    private static FeatureBaseline? ReadColumn(string name, JsonElement values, FeatureKind? kind, bool ordered, List<string> faults)
    {
        if (values.ValueKind != JsonValueKind.Array || values.GetArrayLength() == 0)
        {
            faults.Add($"column '{name}' must be an array of at least one value");
            return null;
        }

        var numeric = kind is FeatureKind.Numeric || (kind is null && values.EnumerateArray().All(IsNumber));
        return numeric ? ReadNumbers(name, values, ordered, faults) : ReadTexts(name, values, ordered, faults);
    }

    private static NumericBaseline? ReadNumbers(string name, JsonElement values, bool ordered, List<string> faults)
    {
        var numbers = new List<double>(values.GetArrayLength());
        long missing = 0;
        foreach (var value in values.EnumerateArray())
        {
            if (!IsNumber(value))
            {
                faults.Add($"column '{name}' must hold numbers, but holds {Shorten(value.GetRawText())}");
                return null;
            }

            if (value.ValueKind == JsonValueKind.Null)
                missing++;
            else
                numbers.Add(value.ValueKind == JsonValueKind.Number ? value.GetDouble() : Named(value.GetString()!)!.Value);
        }

        return NumericBuilder.Build(name, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(numbers), missing, ordered);
    }

    private static CategoricalBaseline? ReadTexts(string name, JsonElement values, bool ordered, List<string> faults)
    {
        var texts = new List<string?>(values.GetArrayLength());
        foreach (var value in values.EnumerateArray())
        {
            if (value.ValueKind is JsonValueKind.Array or JsonValueKind.Object)
            {
                faults.Add($"column '{name}' must hold numbers or texts, but holds {Shorten(value.GetRawText())}");
                return null;
            }

            texts.Add(value.ValueKind switch
            {
                JsonValueKind.Null => null,
                JsonValueKind.String => value.GetString(),
                _ => value.GetRawText(),
            });
        }

        return CategoricalBuilder.Build(name, texts, ordered);
    }

    private static bool IsNumber(JsonElement value) => value.ValueKind is JsonValueKind.Number or JsonValueKind.Null
        || (value.ValueKind == JsonValueKind.String && Named(value.GetString()!) is not null);

    private static double? Named(string text) => text switch
    {
        "NaN" => double.NaN,
        "Infinity" => double.PositiveInfinity,
        "-Infinity" => double.NegativeInfinity,
        _ => null,
    };

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "...";
}
