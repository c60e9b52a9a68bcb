using System.Text.Json;

namespace Serving.Tests.Drift.Reference;

/// <summary>One reference case: two samples and what other implementations computed from them.</summary>
internal sealed class DriftCase
{
    private readonly JsonElement tolerance;

    private DriftCase(JsonElement root)
    {
        Name = root.GetProperty("name").GetString()!;
        IsNumeric = root.GetProperty("type").GetString() == "numeric";
        Parameters = root.GetProperty("params");
        Expected = root.GetProperty("expected");
        Reference = [.. root.GetProperty("reference").EnumerateArray()];
        Current = [.. root.GetProperty("current").EnumerateArray()];
        tolerance = root.GetProperty("tolerance");
    }

    public string Name { get; }

    public bool IsNumeric { get; }

    public JsonElement Parameters { get; }

    public JsonElement Expected { get; }

    public JsonElement[] Reference { get; }

    public JsonElement[] Current { get; }

    /// <summary>Set when the case compares two arms of a canary rather than a window with a baseline.</summary>
    public string? CanaryKind => Parameters.TryGetProperty("kind", out var kind) ? kind.GetString() : null;

    public static DriftCase Load(string path) => new(JsonDocument.Parse(File.ReadAllBytes(path)).RootElement.Clone());

    /// <summary>
    /// Case files by name: the copies kept with this test, and any others in the folder SERVING_DRIFT_CASES names, or else in
    /// <c>shared/drift_cases</c> beside the checkout.
    /// </summary>
    public static SortedDictionary<string, string> Files()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "OrleansServing.sln")))
            root = root.Parent;
        var checkout = root?.FullName ?? throw new InvalidOperationException("the tests run outside their checkout");

        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var shared = Environment.GetEnvironmentVariable("SERVING_DRIFT_CASES") ?? Path.Combine(checkout, "..", "shared", "drift_cases");
        foreach (var folder in new[] { Path.Combine(checkout, "tests", "Serving.Tests", "Drift", "cases"), shared })
        {
            if (!Directory.Exists(folder))
                continue;
            foreach (var file in Directory.EnumerateFiles(folder, "*.json"))
                files[Path.GetFileNameWithoutExtension(file)] = file;
        }

        return files;
    }

    /// <summary>What differs between a computed value and the expected one, or null when they agree within the tolerance.</summary>
    public string? Mismatch(string key, object? actual) => Mismatch(key, Expected.GetProperty(key), actual);

    private string? Mismatch(string key, JsonElement expected, object? actual)
    {
        switch (expected.ValueKind)
        {
            case JsonValueKind.Array:
                var items = actual is System.Collections.IEnumerable list ? list.Cast<object>().ToArray() : [];
                if (items.Length != expected.GetArrayLength())
                    return $"{Name}.{key}: {items.Length} items instead of {expected.GetArrayLength()}";
                return expected.EnumerateArray().Select((item, i) => Mismatch(key, item, items[i])).FirstOrDefault(m => m is not null);
            case JsonValueKind.Object:
                var map = (IReadOnlyDictionary<string, object>)actual!;
                return expected.EnumerateObject().Select(p => Mismatch(p.Name, p.Value, map[p.Name])).FirstOrDefault(m => m is not null);
            case JsonValueKind.Number:
            case JsonValueKind.String when actual is double:
                var number = expected.ValueKind == JsonValueKind.Number ? expected.GetDouble() : double.Parse(expected.GetString()!);
                return actual is not null && Agrees(key, Convert.ToDouble(actual), number)
                    ? null
                    : $"{Name}.{key}: {actual ?? "nothing"} instead of {expected.GetRawText()}";
            default:
                object? plain = expected.ValueKind switch
                {
                    JsonValueKind.String => expected.GetString(),
                    JsonValueKind.True => true,
                    JsonValueKind.False => false,
                    _ => null,
                };
                return Equals(plain, actual) ? null : $"{Name}.{key}: {actual ?? "nothing"} instead of {expected.GetRawText()}";
        }
    }

    private bool Agrees(string key, double actual, double expected)
    {
        if (!tolerance.TryGetProperty(key, out var allowed))
            allowed = tolerance.GetProperty("default");
        return double.IsNaN(expected)
            ? double.IsNaN(actual)
            : actual == expected || Math.Abs(actual - expected)
                <= allowed.GetProperty("abs").GetDouble() + (allowed.GetProperty("rel").GetDouble() * Math.Abs(expected));
    }
}
