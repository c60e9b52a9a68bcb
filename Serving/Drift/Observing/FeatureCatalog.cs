using System.Globalization;
using System.Text;
using Serving.Drift.Baselines;
using Serving.Inference;
using Serving.Models;

namespace Serving.Drift.Observing;

/// <summary>
/// Every feature that a version's requests and answers have. Each column of a numeric tensor of at most 256 columns is one; of
/// larger tensors their mean, standard deviation, minimum, maximum and share of zeros; each column of a BYTES tensor is
/// categorical, and so is the class with the largest score of an output.
/// </summary>
internal static class FeatureCatalog
{
    /// <summary>Columns that are watched one by one.</summary>
    public const int MostColumns = 256;

    /// <summary>The feature that is how long answers take.</summary>
    public const string Latency = "latency_ms";

    private static readonly (string Suffix, SourcePart Part)[] Summaries =
    [
        ("mean", SourcePart.Mean), ("deviation", SourcePart.Deviation), ("minimum", SourcePart.Minimum),
        ("maximum", SourcePart.Maximum), ("zeros", SourcePart.Zeros),
    ];

    /// <param name="metadata">The version's signature.</param>
    /// <param name="names">Names of columns by tensor, where the configuration gives them.</param>
    /// <param name="latency">Whether the time of the answers is a feature too.</param>
    /// <returns>Inputs first, in the signature's order; an error when a configured name does not fit the signature.</returns>
    public static Outcome<FeatureSource[]> Of(ModelMetadata metadata, IReadOnlyDictionary<string, IReadOnlyList<string>> names, bool latency = false)
    {
        var sources = new List<FeatureSource>();
        var faults = new List<string>();
        foreach (var tensor in names.Keys)
        {
            if (!metadata.Inputs.Concat(metadata.Outputs).Any(signature => signature.Name == tensor))
                faults.Add($"serving.drift.features.{tensor}: the model has no tensor of this name");
        }

        Add(metadata.Inputs, false);
        Add(metadata.Outputs, true);
        if (latency) sources.Add(new FeatureSource(new FeatureSpec(Latency, FeatureKind.Numeric), Latency, true, -1, SourcePart.Latency, 0, []));
        var twice = sources.GroupBy(source => source.Spec.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null) faults.Add($"two features are called '{twice.Key}'; name one of them otherwise under serving.drift.features");
        return faults.Count > 0 ? ServingError.Invalid(string.Join("; ", faults)) : sources.Take(Baseline.MostFeatures).ToArray();

        void Add(IReadOnlyList<TensorSignature> signatures, bool output)
        {
            for (var i = 0; i < signatures.Count; i++)
                AddTensor(sources, signatures[i], i, output, metadata.MaxBatchSize > 0, names.GetValueOrDefault(signatures[i].Name), faults);
        }
    }

    /// <summary>Elements of a row; 0 when that varies.</summary>
    public static long ColumnsOf(TensorSignature signature, bool batches)
    {
        long columns = 1;
        for (var i = batches ? 1 : 0; i < signature.Shape.Count; i++)
        {
            if (signature.Shape[i] < 0) return 0;
            columns = Math.Min(int.MaxValue, columns * signature.Shape[i]);
        }

        return columns;
    }

    private static void AddTensor(
        List<FeatureSource> sources, TensorSignature signature, int place, bool output, bool batches, IReadOnlyList<string>? names, List<string> faults)
    {
        var columns = ColumnsOf(signature, batches);
        var isText = signature.Type == TensorType.Bytes;
        var singly = columns is > 0 and <= MostColumns;
        if (names is not null && (!singly || names.Count != columns))
            faults.Add($"serving.drift.features.{signature.Name} has {names.Count} names, but the tensor has {(singly ? columns : "no fixed number of at most 256")} columns");
        if (!singly)
        {
            if (isText) return;
            foreach (var (suffix, part) in Summaries) Add($"{signature.Name}.{suffix}", null, FeatureKind.Numeric, part, 0, []);
            return;
        }

        var kind = isText ? FeatureKind.Categorical : FeatureKind.Numeric;
        for (var c = 0; c < columns; c++)
        {
            var indexed = $"{signature.Name}[{c.ToString(CultureInfo.InvariantCulture)}]";
            var name = names is not null && c < names.Count ? names[c] : columns == 1 ? signature.Name : indexed;
            Add(name, indexed, kind, isText ? SourcePart.Text : SourcePart.Number, c, []);
        }

        if (output && !isText && columns > 1)
            Add($"{signature.Name}.argmax", null, FeatureKind.Categorical, SourcePart.Largest, 0, Classes(signature, (int)columns));

        void Add(string name, string? alias, FeatureKind kind, SourcePart part, int column, byte[][] classes) =>
            sources.Add(new FeatureSource(new FeatureSpec(name, kind), alias ?? name, output, place, part, column, classes));
    }

    /// <summary>What an output's columns are called: by its label file, else by number.</summary>
    public static string[] ClassNames(TensorSignature signature, int columns) =>
    [
        .. Enumerable.Range(0, columns).Select(
            c => signature.Labels is { } labels && c < labels.Count ? labels[c] : c.ToString(CultureInfo.InvariantCulture)),
    ];

    private static byte[][] Classes(TensorSignature signature, int columns) =>
        Array.ConvertAll(ClassNames(signature, columns), Encoding.UTF8.GetBytes);
}
