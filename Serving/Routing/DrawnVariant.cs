using Serving.Inference;

namespace Serving.Routing;

/// <summary>A ready variant with a positive weight, with all that a draw needs of it made beforehand.</summary>
internal sealed class DrawnVariant(string model, TrafficVariant variant, long epoch)
{
    public string Version { get; } = variant.Version;

    public int Weight { get; } = variant.Weight;

    /// <summary>See <see cref="StickyDraw.Prefix"/>.</summary>
    public byte[] Prefix { get; } = StickyDraw.Prefix(model, variant.Version);

    public RouteDecision BySticky { get; } = Decision(variant, RouteReason.Sticky, epoch);

    public RouteDecision ByWeight { get; } = Decision(variant, RouteReason.Weight, epoch);

    private static RouteDecision Decision(TrafficVariant variant, RouteReason reason, long epoch) =>
        new RouteDecision(variant.Version, variant.Label, reason, epoch).WithText();
}
