namespace Serving.Drift.Baselines;

/// <summary>
/// What a model version's traffic is compared with: immutable, identified by the SHA-256 of its canonical document. Counts taken
/// against different baselines never meet, because every pane carries the hash.
/// </summary>
internal sealed class Baseline
{
    /// <summary>Below this many rows the baseline's own sampling error dominates, and reports call it provisional.</summary>
    public const int LeastRows = 1000;

    /// <summary>Most features of one model version.</summary>
    public const int MostFeatures = 1024;

    private readonly Dictionary<string, int> byName;

    public Baseline(IReadOnlyList<FeatureBaseline> features)
    {
        Features = [.. features];
        Count = Features.Length == 0 ? 0 : Features.Max(feature => feature.Rows);
        byName = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < Features.Length; i++)
            byName.Add(Features[i].Name, i);
        Hash = BaselineDocument.HashOf(this);
    }

    public FeatureBaseline[] Features { get; }

    /// <summary>Rows.</summary>
    public long Count { get; }

    /// <summary>64 hexadecimal digits.</summary>
    public string Hash { get; }

    public bool IsProvisional => Count < LeastRows;

    /// <summary>The index of a feature, or -1.</summary>
    public int IndexOf(string feature) => byName.GetValueOrDefault(feature, -1);
}
