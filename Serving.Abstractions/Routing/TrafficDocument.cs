namespace Serving.Routing;

/// <summary>
/// How a model's requests are divided over its versions: what <c>/v2/models/{model}/traffic</c> takes and gives. A document that
/// came from <see cref="TrafficJson"/> is consistent in itself; whether its versions are ready is <see
/// cref="TrafficRules.Check"/>.
/// </summary>
public sealed record TrafficDocument
{
    /// <summary>The versions that take part; at least one with a positive weight.</summary>
    public required IReadOnlyList<TrafficVariant> Variants { get; init; }

    /// <summary>Where a caller's key is found, when callers are to stay with their version; null for none.</summary>
    public AttributeSource? StickyBy { get; init; }

    /// <summary>Tried in order before the draws; the first that matches decides.</summary>
    public IReadOnlyList<TrafficRule> Rules { get; init; } = [];

    /// <summary>Versions that get a copy of some requests; their answers are compared, never given.</summary>
    public IReadOnlyList<TrafficShadow> Shadows { get; init; } = [];

    /// <summary>
    /// Raised by one at each change, never reused for a model. In a document to be put: the epoch it was made from, which must
    /// still be the current one; 0 to put it over whatever stands.
    /// </summary>
    public long Epoch { get; init; }

    /// <summary>When the change was taken; set by the server, ignored in a document to be put.</summary>
    public DateTimeOffset UpdatedAt { get; init; }
}
