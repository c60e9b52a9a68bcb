using System.Diagnostics;

namespace Serving.Telemetry;

/// <summary>Where this product's spans come from. While nobody listens, asking costs one read.</summary>
public static class ServingTraces
{
    public const string SourceName = "OrleansServing";

    public static readonly ActivitySource Source = new(SourceName);

    /// <summary>The span of the request that runs now, if somebody wants it.</summary>
    public static Activity? Current =>
        Source.HasListeners() && Activity.Current is { IsAllDataRequested: true } span ? span : null;
}
