using Serving.Drift.Baselines;

namespace Serving.Drift.Panes;

/// <summary>
/// Counts one node's observations of one model version into panes. This is the hot side of drift: a value costs one search among
/// some sixty edges and a few additions, and nothing is allocated but once a pane. One thread only.
/// </summary>
/// <remarks>
/// For each observation: <c>if (IsDue(now)) offer(Cut(now)); Begin(now);</c> then one <c>Add</c> for each feature. A timer does
/// the first half too, so that a pane ends when traffic does, and now and then offers a <see cref="Snapshot"/>, so that a crash
/// loses no more than what came since.
/// </remarks>
internal sealed class WindowAccumulator
{
    private readonly Baseline baseline;
    private readonly PaneRule rule;
    private readonly string version;
    private readonly string node;
    private readonly long incarnation;
    private readonly Numbers[] numbers;
    private readonly CategoryIndex?[] categories;
    private PaneCounts[] features;
    private DateTimeOffset start;
    private DateTimeOffset sealedUntil;

    /// <param name="version">Of the model.</param>
    /// <param name="node">The name of this process among those that count the same model version.</param>
    /// <param name="incarnation">Not negative, and another at each start of the process.</param>
    /// <param name="edges">For each feature other edges than the baseline's, as many, for values that come rounded; null for the baseline's.</param>
    public WindowAccumulator(Baseline baseline, PaneRule rule, string version, string node, long incarnation, Func<int, double[]?>? edges = null)
    {
        this.baseline = baseline;
        this.rule = rule;
        this.version = version;
        this.node = node;
        this.incarnation = incarnation;
        numbers = new Numbers[baseline.Features.Length];
        for (var f = 0; f < numbers.Length; f++)
            if (baseline.Features[f] is NumericBaseline { Bins: var bins })
                numbers[f] = new Numbers(edges?.Invoke(f) ?? bins.Edges, bins.Center, 1 / bins.Unit);
        categories = Array.ConvertAll(baseline.Features, feature => feature is CategoricalBaseline categorical
            ? new CategoryIndex(categorical.Categories)
            : null);
        features = Empty();
    }

    /// <summary>Rows in the open pane.</summary>
    public long Count { get; private set; }

    /// <summary>Whether the open pane must be cut before anything that happens now is counted.</summary>
    public bool IsDue(DateTimeOffset now) => Count > 0 && (rule.IsByCount ? Count >= rule.LeastCount : now >= start + rule.LeastSpan);

    /// <summary>Opens the next row.</summary>
    public void Begin(DateTimeOffset now)
    {
        if (Count++ == 0)
        {
            // A clock that stands still or steps back must not bring the key of a sealed pane back.
            start = rule.StartOf(now);
            if (start <= sealedUntil && rule.IsByCount)
                start = sealedUntil.AddTicks(1);
            else if (start < sealedUntil)
                start = sealedUntil;
        }
    }

    /// <summary>The row's value of a numeric feature. NaN and infinities are counted apart.</summary>
    public void Add(int feature, double value)
    {
        ref readonly var n = ref numbers[feature];
        features[feature].AddNumber(value, n.Edges, n.Center, n.InverseUnit);
    }

    /// <summary>The row's value of a categorical feature.</summary>
    public void AddCategory(int feature, ReadOnlySpan<byte> utf8) => features[feature].AddBin(categories[feature]!.BinOf(utf8));

    /// <summary>The row has no value of this feature.</summary>
    public void AddMissing(int feature) => features[feature].AddMissing();

    /// <summary>Seals the open pane, which must not be empty, and opens the next.</summary>
    public PaneSummary Cut(DateTimeOffset now)
    {
        var end = rule.IsByCount ? Later(now, start) : start + rule.LeastSpan;
        var summary = new PaneSummary(Key(), end, true, Count, features);
        features = Empty();
        Count = 0;
        sealedUntil = end;
        return summary;
    }

    /// <summary>A copy of the open pane as far as it is known; null when nothing is in it.</summary>
    public PaneSummary? Snapshot(DateTimeOffset now) => Count == 0
        ? null
        : new PaneSummary(Key(), rule.IsByCount ? Later(now, start) : start + rule.LeastSpan, false, Count,
            Array.ConvertAll(features, feature => feature.Copy()));

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private PaneKey Key() => new(version, baseline.Hash, start, node, incarnation);

    private PaneCounts[] Empty() => Array.ConvertAll(baseline.Features, feature => new PaneCounts(feature.Counts.Length));

    private readonly record struct Numbers(double[] Edges, double Center, double InverseUnit);
}
