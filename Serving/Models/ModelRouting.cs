using Serving.Models.Config;
using Serving.Routing;

namespace Serving.Models;

/// <summary>What routing says about a model: the part of a <see cref="ServedModel"/> that the traffic loop owns.</summary>
/// <param name="Document">The traffic document, or null.</param>
/// <param name="Epoch">Its epoch, or that of its removal.</param>
/// <param name="Tally">Counts the arms of a running rollout; null when none runs.</param>
/// <param name="Shadows">See <see cref="ModelTraffic.Shadows"/>.</param>
internal sealed record ModelRouting(TrafficDocument? Document, long Epoch, RolloutTally? Tally, IReadOnlyDictionary<string, long>? Shadows = null)
{
    public static readonly ModelRouting None = new(null, 0, null);

    /// <summary>The versions the document names. They stay loaded whatever the version policy says.</summary>
    public IEnumerable<long> Versions => Document is null ? [] : Document.Variants.Select(v => v.Version)
        .Concat(Document.Rules.Select(r => r.Version))
        .Concat(Document.Shadows.Select(s => s.Version))
        .Where(TrafficRules.IsVersion)
        .Select(v => long.Parse(v, System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>What the policy names, and what the traffic document does: nothing that takes traffic is unloaded.</summary>
    /// <param name="policy">The model's version policy.</param>
    /// <param name="routed">See <see cref="Versions"/>.</param>
    /// <param name="versions">The versions that could be served.</param>
    public static IReadOnlyList<long> Wanted(VersionPolicy policy, IEnumerable<long> routed, IEnumerable<long> versions)
    {
        var available = versions.ToArray();
        return [.. policy.Wanted(available).Union(routed.Intersect(available)).Order()];
    }
}
