using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;

namespace Serving.Drift.Baselines;

/// <summary>
/// The stored form of a baseline: JSON with fixed members in fixed order and no spaces, so equal baselines have equal bytes and
/// the hash of the bytes names the baseline. The hash itself leads the stored document and is checked on reading.
/// </summary>
internal static class BaselineDocument
{
    /// <summary>Raised when the meaning of a member changes.</summary>
    private const int Format = 1;

    public static string HashOf(Baseline baseline) => Convert.ToHexStringLower(SHA256.HashData(Bytes(baseline, null)));

    public static byte[] Write(Baseline baseline) => Bytes(baseline, baseline.Hash);

    public static Outcome<Baseline> Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.GetProperty("format").GetInt32() is var format && format != Format)
                return ServingError.Invalid($"'format' of the stored baseline is {format}; this version reads {Format}, so build the baseline again");

            var baseline = new Baseline([.. root.GetProperty("features").EnumerateArray().Select(ReadFeature)]);
            if (root.GetProperty("hash").GetString() != baseline.Hash)
                return ServingError.Invalid("'hash' of the stored baseline does not match its content; it was changed or cut short, so build it again");
            return baseline;
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException
            or ArgumentException or IndexOutOfRangeException)
        {
            return ServingError.Invalid($"the stored baseline is not readable: {fault.Message}");
        }
    }

    private static byte[] Bytes(Baseline baseline, string? hash)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (hash is not null)
                json.WriteString("hash", hash);
            json.WriteNumber("format", Format);
            json.WriteNumber("count", baseline.Count);
            json.WriteStartArray("features");
            foreach (var feature in baseline.Features)
                WriteFeature(json, feature);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteFeature(Utf8JsonWriter json, FeatureBaseline feature)
    {
        json.WriteStartObject();
        json.WriteString("name", feature.Name);
        json.WriteString("kind", feature.Kind == FeatureKind.Numeric ? "numeric" : "categorical");
        json.WriteNumber("missing", feature.Missing);
        if (feature is NumericBaseline numeric)
            WriteNumeric(json, numeric);
        else
            WriteCategories(json, (CategoricalBaseline)feature);
        Write(json, "counts", feature.Counts);
        if (feature.Dispersion is { } dispersion)
        {
            json.WriteStartObject("dispersion");
            json.WriteNumber("blocks", dispersion.Blocks);
            json.WriteNumber("shape", dispersion.Shape);
            json.WriteNumber("smooth", dispersion.Smooth);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteNumeric(Utf8JsonWriter json, NumericBaseline numeric)
    {
        var (bins, totals) = (numeric.Bins, numeric.Totals);
        json.WriteNumber("nan", totals.NaN);
        json.WriteNumber("infinite", totals.Infinite);
        json.WriteNumber("top_count", totals.TopCount);
        json.WriteNumber("mean", totals.Mean);
        json.WriteNumber("deviation", totals.Deviation);
        if (numeric.Binned > 0)
        {
            json.WriteNumber("minimum", bins.Minimum);
            json.WriteNumber("maximum", bins.Maximum);
        }

        json.WriteNumber("center", bins.Center);
        json.WriteNumber("unit", bins.Unit);
        Write(json, "edges", bins.Edges);
        Write(json, "deciles", bins.Deciles);
        Write(json, "ranks", bins.Ranks);
    }

    private static void WriteCategories(Utf8JsonWriter json, CategoricalBaseline categorical)
    {
        json.WriteStartArray("categories");
        foreach (var category in categorical.Categories)
            json.WriteStringValue(category);
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, string name, double[] values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, string name, long[] values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    private static FeatureBaseline ReadFeature(JsonElement json)
    {
        var name = json.GetProperty("name").GetString()!;
        var counts = Array.ConvertAll<JsonElement, long>([.. json.GetProperty("counts").EnumerateArray()], item => item.GetInt64());
        var missing = json.GetProperty("missing").GetInt64();
        var dispersion = json.TryGetProperty("dispersion", out var d)
            ? new Dispersion(d.GetProperty("blocks").GetInt32(), d.GetProperty("shape").GetDouble(), d.GetProperty("smooth").GetDouble())
            : null;
        if (json.GetProperty("kind").GetString() == "categorical")
        {
            string[] categories = [.. json.GetProperty("categories").EnumerateArray().Select(item => item.GetString()!)];
            return Checked(new CategoricalBaseline(name, categories, counts, missing, dispersion), counts, categories.Length + 1);
        }

        var totals = new NumericTotals(missing, json.GetProperty("nan").GetInt64(), json.GetProperty("infinite").GetInt64(),
            json.GetProperty("top_count").GetInt64(), json.GetProperty("mean").GetDouble(), json.GetProperty("deviation").GetDouble());
        var edges = Doubles(json, "edges");
        var bins = new NumericBins(edges, Doubles(json, "deciles"), Doubles(json, "ranks"),
            edges.Length == 0 ? double.PositiveInfinity : json.GetProperty("minimum").GetDouble(),
            edges.Length == 0 ? double.NegativeInfinity : json.GetProperty("maximum").GetDouble(),
            json.GetProperty("center").GetDouble(), json.GetProperty("unit").GetDouble());
        return Checked(new NumericBaseline(name, bins, totals, counts, dispersion), counts, edges.Length + 1);
    }

    private static FeatureBaseline Checked(FeatureBaseline feature, long[] counts, int bins) => counts.Length == bins
        ? feature
        : throw new FormatException($"'counts' of feature '{feature.Name}' has {counts.Length} items, its bins are {bins}");

    private static double[] Doubles(JsonElement json, string name) =>
        Array.ConvertAll<JsonElement, double>([.. json.GetProperty(name).EnumerateArray()], item => item.GetDouble());
}
