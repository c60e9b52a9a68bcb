namespace Serving.Routing;

/// <summary>What must hold for a traffic document, beyond its form.</summary>
public static class TrafficRules
{
    /// <summary>A version's number: a positive integer of 63 bits, without leading zeros.</summary>
    public static bool IsVersion(string? text) =>
        text is { Length: > 0 and <= 19 } && text[0] is not '0' && text.All(char.IsAsciiDigit) && long.TryParse(text, out _);

    /// <summary>
    /// A label: a letter, then letters, digits, <c>-</c>, <c>_</c>, <c>.</c>, so that it is never taken for a version's number.
    /// </summary>
    public static bool IsLabel(string? text) =>
        text is { Length: > 0 and <= TrafficLimits.MaxNameLength } && char.IsAsciiLetter(text[0])
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    /// <summary>
    /// The version's number that a rule or shadow means, or null when it is neither a number nor a label of the document.
    /// </summary>
    public static string? Resolve(IReadOnlyList<TrafficVariant> variants, string versionOrLabel)
    {
        if (IsVersion(versionOrLabel)) return versionOrLabel;
        foreach (var variant in variants)
        {
            if (variant.Label == versionOrLabel) return variant.Version;
        }

        return null;
    }

    /// <summary>Null when every version that the document names is ready; else one error with all that are not.</summary>
    /// <param name="document">A document that is consistent in itself.</param>
    /// <param name="ready">The model's ready versions.</param>
    public static ServingError? Check(TrafficDocument document, IReadOnlyCollection<string> ready)
    {
        var faults = new Documents.DocumentFaults();
        faults.AddRange(Unready(document.Variants, document.Rules, document.Shadows, ready));
        return faults.Any ? faults.ToError() : null;
    }

    internal static IEnumerable<string> Unready(
        IReadOnlyList<TrafficVariant> variants,
        IReadOnlyList<TrafficRule> rules,
        IReadOnlyList<TrafficShadow> shadows,
        IReadOnlyCollection<string> ready)
    {
        var named = variants.Select((v, i) => ($"variants[{i}].version", v.Version))
            .Concat(rules.Select((r, i) => ($"rules[{i}].version", r.Version)))
            .Concat(shadows.Select((s, i) => ($"shadows[{i}].version", s.Version)));
        foreach (var (path, version) in named)
        {
            // A label stands for a variant, which is looked at itself.
            if (IsVersion(version) && !ready.Contains(version)) yield return $"{path}: version {version} is not ready";
        }
    }
}
