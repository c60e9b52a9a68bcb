using System.Buffers;
using System.Collections.Frozen;
using System.Text;
using Serving.Inference;

namespace Serving.Routing;

/// <summary>
/// One model's routes, compiled from its traffic document and the versions that are ready: a part of a <see cref="RouteTable"/>.
/// Immutable. Every decision and every foreseeable error is made beforehand, so that choosing allocates nothing.
/// </summary>
/// <remarks>
/// A document outlives the versions it names. Rules and shadows of a version that is not ready are passed over, and its weight
/// goes to the variants that are; only a caller who asks for the version itself is told. When no variant with a weight is
/// ready the model is not ready: a version the document gives no traffic never steps in.
/// </remarks>
internal sealed class ModelRoutes
{
    /// <summary>Bytes of prefix and key that fit on the stack; longer keys rent.</summary>
    private const int StackBytes = 512;

    private readonly FrozenDictionary<string, Outcome<RouteDecision>> named;
    private readonly CompiledRule[] rules;
    private readonly DrawnVariant[] drawn;
    private readonly AttributeSource? sticky;
    private readonly ulong totalWeight;
    private readonly int longestPrefix;

    /// <summary>What a request gets that nothing else decides, when there is nothing to draw from.</summary>
    private readonly Outcome<RouteDecision> undrawn;

    private ModelRoutes(
        string model,
        long epoch,
        TrafficDocument? document,
        ModelVersions versions,
        IReadOnlyDictionary<string, long>? shadows,
        FrozenDictionary<string, Outcome<RouteDecision>> named)
    {
        Model = model;
        Epoch = epoch;
        this.named = named;
        var variants = document?.Variants ?? [];
        sticky = document?.StickyBy;
        rules = [.. CompileRules(document, versions, epoch)];
        var ready = variants.Where(v => v.Weight > 0 && versions.Ready.Contains(v.Version));
        drawn = [.. ready.Select(v => new DrawnVariant(model, v, epoch))];
        foreach (var variant in drawn)
        {
            totalWeight += (ulong)variant.Weight;
            longestPrefix = Math.Max(longestPrefix, variant.Prefix.Length);
        }

        AllVariantsReady = document is not null && drawn.Length == variants.Count(v => v.Weight > 0);
        undrawn = document is null ? Newest(model, versions, epoch) : NoneReady(model, variants, versions);
        Shadows =
        [
            .. (document?.Shadows ?? [])
                .Select(s => (Version: TrafficRules.Resolve(variants, s.Version)!, s.Percent))
                .Where(s => versions.Ready.Contains(s.Version))
                .Select(s => new ShadowTarget(s.Version, s.Percent, shadows?.GetValueOrDefault(s.Version) ?? 0)),
        ];
    }

    public string Model { get; }

    /// <summary>The epoch of the traffic document, or of its removal.</summary>
    public long Epoch { get; }

    /// <summary>
    /// Whether the draws divide the traffic exactly as the document says. While a variant is missing, they do not, and nothing
    /// that assumes the document's shares may be measured on them.
    /// </summary>
    public bool AllVariantsReady { get; }

    /// <summary>The ready shadows.</summary>
    public IReadOnlyList<ShadowTarget> Shadows { get; }

    /// <summary>Compiles the routes of one model.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="versions">Its versions now.</param>
    /// <param name="document">Its traffic document; null for none.</param>
    /// <param name="epoch">The document's epoch, or that of its removal.</param>
    /// <param name="shadows">See <see cref="ModelTraffic.Shadows"/>.</param>
    public static ModelRoutes Compile(
        string model, ModelVersions versions, TrafficDocument? document, long epoch, IReadOnlyDictionary<string, long>? shadows = null)
    {
        var named = new Dictionary<string, Outcome<RouteDecision>>(StringComparer.Ordinal);
        var variants = document?.Variants ?? [];
        string? LabelOf(string version) => variants.FirstOrDefault(v => v.Version == version)?.Label;

        foreach (var version in versions.Ready)
        {
            named[version] = new RouteDecision(version, LabelOf(version), RouteReason.Version, epoch).WithText();
        }

        foreach (var (version, reason) in versions.Unready) named.TryAdd(version, ServingError.NotReady(model, version, reason));
        foreach (var variant in variants)
        {
            named.TryAdd(variant.Version, ServingError.NotReady(model, variant.Version, "it is not in the model repository"));
            if (variant.Label is null) continue;
            named[variant.Label] = named[variant.Version] is { IsSuccess: false, Error: { } error }
                ? error
                : new RouteDecision(variant.Version, variant.Label, RouteReason.Label, epoch).WithText();
        }

        return new ModelRoutes(model, epoch, document, versions, shadows, named.ToFrozenDictionary(StringComparer.Ordinal));
    }

    /// <summary>Chooses the version that answers a request. No lock; allocates only for a version nobody has heard of.</summary>
    /// <param name="version">The version's number or label that the caller asks for, or null.</param>
    /// <param name="attributes">The request's headers and parameters, or null.</param>
    /// <param name="random">A fresh uniform number for the weighted draw.</param>
    public Outcome<RouteDecision> Choose(string? version, IRequestAttributes? attributes, ulong random)
    {
        if (version is not null)
        {
            return named.TryGetValue(version, out var outcome) ? outcome : ServingError.VersionNotFound(Model, version);
        }

        foreach (var rule in rules)
        {
            if (rule.Matches(attributes)) return rule.Decision;
        }

        if (drawn.Length == 0) return undrawn;
        if (CallerOf(attributes) is { } key) return drawn[drawn.Length == 1 ? 0 : DrawByKey(key)].BySticky;
        return drawn[DrawByWeight(random)].ByWeight;
    }

    /// <summary>The key that a request's sticky draw goes by, or null when it has none: who the caller is, for counting.</summary>
    public string? CallerOf(IRequestAttributes? attributes) => sticky?.Of(attributes);

    /// <summary>
    /// The version that a version's number, a label or (null) the model itself stands for where no request is being routed,
    /// such as in metadata: without a name, the heaviest ready variant.
    /// </summary>
    public Outcome<string> Resolve(string? version)
    {
        var heaviest = drawn.Length == 0 ? null : drawn.MaxBy(v => v.Weight)!.Version;
        if (version is null && heaviest is not null) return heaviest;
        var chosen = version is null ? undrawn : Choose(version, null, 0);
        return chosen.TryGetValue(out var decision, out var error) ? decision.Version : error;
    }

    private static IEnumerable<CompiledRule> CompileRules(TrafficDocument? document, ModelVersions versions, long epoch)
    {
        if (document is null) yield break;
        foreach (var rule in document.Rules)
        {
            var version = TrafficRules.Resolve(document.Variants, rule.Version)!;
            if (!versions.Ready.Contains(version)) continue;
            var label = document.Variants.FirstOrDefault(v => v.Version == version)?.Label;
            var decision = new RouteDecision(version, label, RouteReason.Rule, epoch).WithText();
            yield return new CompiledRule(rule.When, rule.EqualTo, decision);
        }
    }

    private static Outcome<RouteDecision> Newest(string model, ModelVersions versions, long epoch)
    {
        if (versions.Highest is { } highest) return new RouteDecision(highest, null, RouteReason.Only, epoch).WithText();
        if (versions.Unready.Count == 0) return ServingError.NotReady(model, null, "it has no version to serve");
        var newest = versions.Unready.MaxBy(v => long.Parse(v.Key));
        return ServingError.NotReady(model, newest.Key, newest.Value);
    }

    private static ServingError NoneReady(string model, IReadOnlyList<TrafficVariant> variants, ModelVersions versions)
    {
        var reasons = variants.Where(v => v.Weight > 0)
            .Select(v => $"version {v.Version}: {versions.WhyNot(v.Version) ?? "it is not in the model repository"}");
        return ServingError.NotReady(
            model, null, $"no version that its traffic document gives a weight can answer ({string.Join("; ", reasons)})");
    }

    private int DrawByWeight(ulong random)
    {
        // The high half of the product is uniform over the weights' sum; its bias is below 2^-38.
        var point = Math.BigMul(random, totalWeight, out _);
        var i = 0;
        for (; i < drawn.Length - 1; i++)
        {
            var weight = (ulong)drawn[i].Weight;
            if (point < weight) break;
            point -= weight;
        }

        return i;
    }

    private int DrawByKey(string key)
    {
        var most = longestPrefix + Encoding.UTF8.GetMaxByteCount(key.Length);
        var rented = most > StackBytes ? ArrayPool<byte>.Shared.Rent(most) : null;
        var text = rented ?? stackalloc byte[StackBytes];
        var best = 0;
        var bestScore = double.NegativeInfinity;

        // The key is encoded once, behind the room for the longest prefix; each prefix is put right before it.
        var end = longestPrefix + Encoding.UTF8.GetBytes(key, text[longestPrefix..]);
        for (var i = 0; i < drawn.Length; i++)
        {
            var prefix = drawn[i].Prefix;
            prefix.CopyTo(text[(longestPrefix - prefix.Length)..]);
            var score = StickyDraw.Score(text[(longestPrefix - prefix.Length)..end], drawn[i].Weight);
            if (score <= bestScore) continue;
            best = i;
            bestScore = score;
        }

        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        return best;
    }
}
