using Serving.Inference;

namespace Grains.Inference;

/// <summary>A <see cref="RouteDecision"/> on its way to a client.</summary>
[GenerateSerializer, Immutable, Alias("serving.route")]
public sealed class SentRoute
{
    [Id(0)]
    public required string Version { get; init; }

    [Id(1)]
    public string? Variant { get; init; }

    [Id(2)]
    public required RouteReason Reason { get; init; }

    [Id(3)]
    public required long Epoch { get; init; }

    public static SentRoute Of(RouteDecision decision) =>
        new() { Version = decision.Version, Variant = decision.Variant, Reason = decision.Reason, Epoch = decision.Epoch };

    public RouteDecision ToDecision() => new(Version, Variant, Reason, Epoch);
}
