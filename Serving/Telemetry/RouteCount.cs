using Serving.Inference;

namespace Serving.Telemetry;

/// <summary>Requests that came to a version by one route.</summary>
internal sealed class RouteCount(string model, string version, string? variant, RouteReason reason)
{
    private long requests;

    public string? Variant { get; } = variant;

    public RouteReason Reason { get; } = reason;

    public long Requests => Interlocked.Read(ref requests);

    public KeyValuePair<string, object?>[] Labels { get; } =
        [new("model", model), new("version", version), new("variant", variant ?? ""), new("reason", reason.Name())];

    public void Add() => Interlocked.Increment(ref requests);
}
