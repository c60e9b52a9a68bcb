using Serving.Drift.Laws;

namespace Serving.Drift.Baselines;

/// <summary>What is known of one feature from its baseline: how values are binned, and how the baseline fills those bins.</summary>
internal abstract class FeatureBaseline(string name, FeatureKind kind, long[] counts, long missing, Dispersion? dispersion)
{
    public string Name { get; } = name;

    public FeatureKind Kind { get; } = kind;

    /// <summary>The baseline's counts in the bins that a window is counted in.</summary>
    public long[] Counts { get; } = counts;

    public long Missing { get; } = missing;

    /// <summary>Values in bins: finite numbers, or categories.</summary>
    public long Binned { get; } = Statistics.Divergence.Total(counts);

    /// <summary>Null when the baseline does not say in what order its rows came.</summary>
    public Dispersion? Dispersion { get; } = dispersion;

    /// <summary>Rows of the baseline that this feature was read from.</summary>
    public virtual long Rows => Binned + Missing;

    /// <summary>How often the most frequent value occurs.</summary>
    public abstract long TopCount { get; }

    public abstract IFeatureLaw Law { get; }

    /// <summary>The bins that distances are shown on.</summary>
    public abstract Grouping Shown { get; }
}
