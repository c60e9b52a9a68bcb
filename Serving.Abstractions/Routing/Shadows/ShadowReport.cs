using System.Text.Json.Serialization;

namespace Serving.Routing.Shadows;

/// <summary>How a shadow compares with the answers given: an entry of <c>GET /v2/models/{model}/traffic/shadows</c>.</summary>
public sealed record ShadowReport
{
    /// <summary>The shadow's version.</summary>
    public required string Version { get; init; }

    /// <summary>How many of the requests it gets.</summary>
    public required double Percent { get; init; }

    /// <summary>Requests that were copied to it.</summary>
    public required long Sent { get; init; }

    /// <summary>Requests that it should have had and that were left out under load.</summary>
    public required long Dropped { get; init; }

    /// <summary>Requests it did not answer.</summary>
    public required long Failed { get; init; }

    /// <summary>Requests whose two answers were compared.</summary>
    public required long Compared { get; init; }

    /// <summary>
    /// Those in which every instance had the same label or argmax in every output; null when no output has either.
    /// </summary>
    public required long? Agreed { get; init; }

    public required IReadOnlyList<OutputReport> Outputs { get; init; }

    /// <summary>The answers given, of the compared requests.</summary>
    public required LatencyQuantiles Primary { get; init; }

    /// <summary>The shadow's answers to the same requests.</summary>
    public required LatencyQuantiles Shadow { get; init; }

    /// <summary>In a cluster, the processes that have sent copies; null where there is only one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ShadowNode>? Nodes { get; init; }
}
