using Gateway.Access;
using Gateway.Access.Quotas;
using Gateway.Http;
using Gateway.Logs;
using Gateway.Metrics;
using Gateway.Settings;
using Serving;
using Serving.Access;

namespace Gateway.Hosting;

/// <summary>What all operations of one server share, whichever protocol they come by.</summary>
internal sealed record GatewayParts
{
    public required IServingEngine Engine { get; init; }

    public required GatewayOptions Options { get; init; }

    public required TimeProvider Clock { get; init; }

    public required RequestIds Ids { get; init; }

    /// <summary>Where large bodies are counted while they are held.</summary>
    public required BodyBudget Budget { get; init; }

    public required GatewayInstruments Instruments { get; init; }

    /// <summary>Where numbers are kept; null when they are not.</summary>
    public required PrometheusReader? Metrics { get; init; }

    public required DriftNumbers DriftNumbers { get; init; }

    public required AccessControl Access { get; init; }

    public required QuotaControl Quotas { get; init; }

    /// <summary>Where keys are kept; null in an edition without.</summary>
    public required IAccessStore? Keys { get; init; }

    public required RequestLog RequestLog { get; init; }

    public required ServerSettings Settings { get; init; }

    public required AuditTrail Audit { get; init; }

    /// <summary>What this edition has beside what both have.</summary>
    public required IReadOnlyList<ProgramOperation> OfProgram { get; init; }
}
