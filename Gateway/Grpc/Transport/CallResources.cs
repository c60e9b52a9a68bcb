using Gateway.Access;
using Gateway.Http;
using Gateway.Logs;
using Gateway.Metrics;
using Serving.Inference;

namespace Gateway.Grpc.Transport;

/// <summary>What all calls share: limits, memory, the clock.</summary>
internal sealed record CallResources
{
    /// <summary>Bytes of one message as sent.</summary>
    public required int MaxMessageBytes { get; init; }

    /// <summary>What one message may become by decompression.</summary>
    public required InflationLimits Inflation { get; init; }

    /// <summary>Where messages that do not fit in one transport block are counted.</summary>
    public required BodyBudget Budget { get; init; }

    /// <summary>Where decompressed messages lie.</summary>
    public required TensorPool Pool { get; init; }

    public required GatewayInstruments Instruments { get; init; }

    public required AccessControl Access { get; init; }

    public required RequestLog RequestLog { get; init; }

    public required AuditTrail Audit { get; init; }

    public required TimeProvider Clock { get; init; }

    /// <summary>Cancelled when the server is told to stop: streams, which would never end by themselves, end then.</summary>
    public CancellationToken Stopping { get; init; }
}
