namespace Serving.Drift.Baselines;

/// <summary>
/// Takes a baseline from live traffic: keeps the first rows as they come, a bounded number, and builds from them in time order,
/// so that it also learns how much the traffic depends on its own past.
/// </summary>
internal sealed class BaselineLearner
{
    /// <summary>Most rows one may ask for; beyond, upload a baseline.</summary>
    public const int MostRows = 100_000;

    private readonly FeatureSpec[] features;
    private readonly List<double>?[] numbers;
    private readonly List<string?>?[] texts;
    private readonly long[] missing;

    /// <param name="rows">How many to learn from, 1 to <see cref="MostRows"/>.</param>
    public BaselineLearner(IReadOnlyList<FeatureSpec> features, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, MostRows);
        this.features = [.. features];
        numbers = Array.ConvertAll(this.features, f => f.Kind == FeatureKind.Numeric ? new List<double>() : null);
        texts = Array.ConvertAll(this.features, f => f.Kind == FeatureKind.Categorical ? new List<string?>() : null);
        missing = new long[this.features.Length];
        Wanted = rows;
    }

    public int Wanted { get; }

    public int Rows { get; private set; }

    public bool IsComplete => Rows >= Wanted;

    /// <summary>Opens the next row; each of its features is then added once. False when no more are wanted.</summary>
    public bool Begin()
    {
        if (IsComplete)
            return false;
        Rows++;
        return true;
    }

    public void Add(int feature, double value) => numbers[feature]!.Add(value);

    public void AddCategory(int feature, string value) => texts[feature]!.Add(value);

    public void AddMissing(int feature)
    {
        missing[feature]++;
        texts[feature]?.Add(null);
    }

    public Baseline Build() => new([.. features.Select((feature, i) => feature.Kind == FeatureKind.Numeric
        ? (FeatureBaseline)NumericBuilder.Build(feature.Name, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(numbers[i]), missing[i], true)
        : CategoricalBuilder.Build(feature.Name, texts[i]!, true))]);
}
