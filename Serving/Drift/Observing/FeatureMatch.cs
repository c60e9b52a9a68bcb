using Serving.Drift.Baselines;

namespace Serving.Drift.Observing;

/// <summary>Finds the features that the columns of a baseline are about: by name, or else, when there are as many, by position.</summary>
internal static class FeatureMatch
{
    /// <summary>One source for each feature of the baseline, in its order; an error that names the columns that fit nothing.</summary>
    public static Outcome<FeatureSource[]> Match(Baseline baseline, FeatureSource[] catalog)
    {
        var matched = Array.ConvertAll(baseline.Features, feature => Find(catalog, feature.Name));
        if (Array.Exists(matched, source => source is null) && ByPosition(baseline.Features.Length, catalog) is { } positional)
            matched = positional;
        var faults = new List<string>();
        for (var i = 0; i < matched.Length; i++)
        {
            var feature = baseline.Features[i];
            if (matched[i] is not { } source)
                faults.Add($"'{feature.Name}' is not a feature of the model");
            else if (source.Spec.Kind != feature.Kind)
                faults.Add($"'{feature.Name}' is {Word(feature.Kind)}{Example(feature)}, but the model's '{source.Spec.Name}' is {Word(source.Spec.Kind)}");
        }

        if (faults.Count == 0) return Array.ConvertAll(matched, source => source!);
        var known = string.Join(", ", catalog.Take(16).Select(source => $"'{source.Spec.Name}'"));
        return ServingError.Invalid(
            $"the baseline does not fit: {string.Join("; ", faults.Take(16))}. Its columns must be features by name, or one for each column of the inputs; the model has {known}{(catalog.Length > 16 ? ", ..." : "")}");
    }

    /// <summary>What the column of a baseline must be, where its name says it; null where it does not.</summary>
    public static FeatureKind? KindOf(FeatureSource[] catalog, string column) => Find(catalog, column)?.Spec.Kind;

    private static FeatureSource? Find(FeatureSource[] catalog, string name) =>
        Array.Find(catalog, source => source.Spec.Name == name) ?? Array.Find(catalog, source => source.Alias == name);

    private static FeatureSource?[]? ByPosition(int count, FeatureSource[] catalog)
    {
        var tensors = Array.FindAll(catalog, source => source.Part != SourcePart.Latency);
        if (count == tensors.Length) return tensors;
        var inputs = Array.FindAll(tensors, source => !source.IsOutput);
        return count == inputs.Length ? inputs : null;
    }

    /// <summary>Which of its values made a column one of categories.</summary>
    private static string Example(FeatureBaseline feature) =>
        feature is CategoricalBaseline { Categories: var categories } && Array.Find(categories, category => !NumberText.TryRead(category, out _)) is { } text
            ? $" (it holds '{(text.Length <= 40 ? text : text[..40])}')"
            : "";

    private static string Word(FeatureKind kind) => kind == FeatureKind.Numeric ? "numeric" : "categorical";
}
