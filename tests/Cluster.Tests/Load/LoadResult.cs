namespace Cluster.Tests.Load;

/// <summary>What came of a load.</summary>
internal sealed record LoadResult(IReadOnlyList<LoadSample> Samples)
{
    public IReadOnlyList<LoadSample> Failed { get; } = [.. Samples.Where(s => s.Failure is not null)];

    public TimeSpan Slowest => Samples.Max(s => s.Took);

    public TimeSpan Quantile(double share)
    {
        var ordered = Samples.Select(s => s.Took).Order().ToArray();
        return ordered[Math.Min(ordered.Length - 1, (int)(share * ordered.Length))];
    }

    /// <summary>The part of the load that went to gateways other than this one.</summary>
    public LoadResult Without(Uri gateway) => new([.. Samples.Where(s => s.Gateway != gateway)]);

    public override string ToString() => FormattableString.Invariant(
        $"{Samples.Count} requests, {Failed.Count} failed; p50 {Quantile(0.5).TotalMilliseconds:F1} ms, p99 {Quantile(0.99).TotalMilliseconds:F1} ms, slowest {Slowest.TotalMilliseconds:F0} ms");
}
