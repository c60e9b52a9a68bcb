using Serving.Inference;

namespace Grains.Inference;

/// <summary>One inference request on its way to a replica, or from a client to a silo that chooses the replica.</summary>
[GenerateSerializer, Immutable, Alias("serving.request")]
public sealed record SentRequest
{
    [Id(0)]
    public required string Model { get; init; }

    /// <summary>A version number; from a client also a label, or null for the version that the traffic document gives.</summary>
    [Id(1)]
    public string? Version { get; init; }

    [Id(2)]
    public required string Id { get; init; }

    [Id(3)]
    public required SentTensors Inputs { get; init; }

    /// <summary>Names of the outputs asked for; empty for all.</summary>
    [Id(4)]
    public string[] Outputs { get; init; } = [];

    [Id(5)]
    public int Priority { get; init; }

    /// <summary>How long it may still wait before it runs; null for no limit of its own.</summary>
    [Id(6)]
    public TimeSpan? Timeout { get; init; }

    /// <summary>From a client: what routing may ask about the request; null for nothing.</summary>
    [Id(7)]
    public SentAttributes? Attributes { get; init; }

    /// <summary>Who asks; null where nobody is told apart.</summary>
    [Id(8)]
    public string? Caller { get; init; }

    /// <summary>To a replica: how a running rollout drew it; null when none did.</summary>
    [Id(9)]
    public SentDraw? Draw { get; init; }

    /// <summary>To a replica: the span of the gateway, as W3C Trace Context writes it; null for a request that is not traced.</summary>
    [Id(10)]
    public string? Trace { get; init; }

    /// <summary>To a replica: the variant that was chosen, for its counts.</summary>
    [Id(11)]
    public string? Variant { get; init; }

    /// <summary>To a replica: why the version was chosen, for its counts.</summary>
    [Id(12)]
    public RouteReason Reason { get; init; }
}
