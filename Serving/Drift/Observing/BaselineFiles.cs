using Serving.Drift.Baselines;

namespace Serving.Drift.Observing;

/// <summary>Baselines that lie beside a model: of the version's own folder, or else of the model's.</summary>
internal static class BaselineFiles
{
    /// <summary>Bytes of a JSON file at the most; a CSV may have any length.</summary>
    private const long MaxJsonBytes = 256L << 20;

    private const string NoCsv = "serving.drift.baseline_time_ordered is about a baseline.csv, and";

    /// <summary>The baseline, null when there is no file, or why the file is not one. Reads files: not for a loop's thread.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="version">The version's number.</param>
    /// <param name="inTimeOrder">Whether rows are said to stand in the order they happened; of a CSV, since JSON says so itself.</param>
    /// <param name="kindOf">What a column must be, where that is known.</param>
    public static Outcome<Baseline?> Read(string folder, string version, bool inTimeOrder, Func<string, FeatureKind?> kindOf)
    {
        foreach (var place in (string[])[Path.Combine(folder, version), folder])
        {
            foreach (var name in (string[])["baseline.json", "baseline.csv"])
            {
                var file = Path.Combine(place, name);
                if (!File.Exists(file)) continue;
                return Read(file, inTimeOrder, kindOf).TryGetValue(out var baseline, out var error) ? baseline : ServingError.Invalid($"{file}: {error.Message}");
            }
        }

        return inTimeOrder ? ServingError.Invalid($"{NoCsv} there is none in the model's folder") : default(Outcome<Baseline?>);
    }

    private static Outcome<Baseline> Read(string file, bool inTimeOrder, Func<string, FeatureKind?> kindOf)
    {
        try
        {
            if (file.EndsWith(".csv", StringComparison.Ordinal)) return CsvBaseline.Build(() => new StreamReader(file), kindOf, inTimeOrder);
            if (inTimeOrder) return ServingError.Invalid($"{NoCsv} baseline.json says it itself");
            if (new FileInfo(file).Length > MaxJsonBytes) return ServingError.Invalid($"it is larger than {MaxJsonBytes} bytes; build the baseline offline");
            return BaselineBody.Read(File.ReadAllBytes(file), BaselineFormat.Json, kindOf);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return ServingError.Invalid(fault.Message);
        }
    }
}
