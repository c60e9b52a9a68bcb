using Serving.Drift.Laws;

namespace Serving.Drift.Baselines;

/// <summary>A categorical feature's baseline: its most frequent categories, at most a thousand, and all others together.</summary>
internal sealed class CategoricalBaseline : FeatureBaseline
{
    /// <summary>Categories kept by name.</summary>
    public const int MostCategories = 1000;

    private readonly Dictionary<string, int> binOf;

    /// <param name="categories">Most frequent first; ties in ordinal order.</param>
    /// <param name="counts">Their counts, and last how often the baseline had anything else.</param>
    public CategoricalBaseline(string name, string[] categories, long[] counts, long missing, Dispersion? dispersion)
        : base(name, FeatureKind.Categorical, counts, missing, dispersion)
    {
        Categories = categories;
        binOf = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < categories.Length; i++)
            binOf.Add(categories[i], i);
        Law = new CategoryLaw(counts);
        var groupOf = new int[counts.Length];
        for (var i = 0; i < groupOf.Length; i++)
            groupOf[i] = i;
        Shown = Grouping.Of(groupOf, groupOf.Length);
    }

    public string[] Categories { get; }

    /// <summary>The bin of whatever is not among <see cref="Categories"/>.</summary>
    public int Other => Categories.Length;

    public int BinOf(string value) => binOf.GetValueOrDefault(value, Other);

    public CategoricalBaseline With(Dispersion? dispersion) => new(Name, Categories, Counts, Missing, dispersion);

    public override long TopCount => Counts[0];

    public override IFeatureLaw Law { get; }

    public override Grouping Shown { get; }
}
