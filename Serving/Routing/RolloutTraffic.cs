using Serving.Routing.Rollouts;

namespace Serving.Routing;

/// <summary>
/// The traffic documents of a rollout, made from the one before it. Only the two versions' weights change while it runs; at a
/// good end the new version takes the stable one's place and label, at a bad end the document is as before, without drawn
/// traffic for the new version.
/// </summary>
internal static class RolloutTraffic
{
    /// <summary>The version a rollout would start from: the only one, apart from its goal, that draws traffic.</summary>
    public static Outcome<string> From(string model, TrafficDocument? before, string to, ModelVersions versions)
    {
        string[] drawn = before is not null ? [.. before.Variants.Where(v => v.Weight > 0).Select(v => v.Version)]
            : versions.Highest is { } highest ? [highest]
            : [];
        string[] others = [.. drawn.Where(v => v != to)];
        if (others is [var from]) return from;
        if (others.Length > 1)
        {
            var split = string.Join(", ", others);
            return ServingError.Invalid(
                $"model '{model}' divides its traffic over versions {split}; put a traffic document with one stable version first");
        }

        return drawn.Length > 0
            ? ServingError.Invalid(
                $"version {to} of model '{model}' takes all the traffic already; put a traffic document for the stable version first")
            : ServingError.NotReady(model, null, "it has no ready version to start a rollout from");
    }

    /// <summary>The document at a step.</summary>
    public static TrafficDocument During(TrafficDocument? before, string from, string to, int weight)
    {
        var (others, fromLabel, toLabel) = Parts(before, from, to);
        toLabel ??= FreeLabel("canary", others, fromLabel);
        return (before ?? Empty) with { Variants = [new(from, 100 - weight, fromLabel), new(to, weight, toLabel), .. others] };
    }

    /// <summary>The document after a good end.</summary>
    public static TrafficDocument Completed(TrafficDocument? before, string from, string to)
    {
        var (others, fromLabel, toLabel) = Parts(before, from, to);
        var document = (before ?? Empty) with { Variants = [new(to, 100, fromLabel ?? toLabel), .. others] };

        // A label that is gone was the new version's own: what was sent to the label stays with the version.
        string Target(string version) => TrafficRules.Resolve(document.Variants, version) is null ? to : version;
        return document with
        {
            Rules = [.. document.Rules.Select(r => r with { Version = Target(r.Version) })],
            Shadows =
            [
                .. document.Shadows.Select(s => s with { Version = Target(s.Version) })
                    .DistinctBy(s => TrafficRules.Resolve(document.Variants, s.Version)),
            ],
        };
    }

    /// <summary>The document after a bad end; null when there was none before.</summary>
    public static TrafficDocument? RolledBack(TrafficDocument? before, string to) => before is null ? null : before with
    {
        Variants = [.. before.Variants.Select(v => v.Version == to ? v with { Weight = 0 } : v)],
    };

    private static TrafficDocument Empty { get; } = new() { Variants = [] };

    private static (TrafficVariant[] Others, string? FromLabel, string? ToLabel) Parts(TrafficDocument? before, string from, string to)
    {
        var variants = before?.Variants ?? [];
        TrafficVariant[] others = [.. variants.Where(v => v.Version != from && v.Version != to)];
        var toLabel = variants.FirstOrDefault(v => v.Version == to)?.Label;
        var fromLabel = variants.FirstOrDefault(v => v.Version == from)?.Label ?? FreeLabel("stable", others, toLabel);
        return (others, fromLabel, toLabel);
    }

    private static string? FreeLabel(string label, TrafficVariant[] others, string? taken) =>
        label == taken || others.Any(v => v.Label == label) ? null : label;
}
