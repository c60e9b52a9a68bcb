using Serving.Models.Config.Values;

namespace Serving.Models.Config;

/// <summary>A request that each session answers before its version is ready.</summary>
internal sealed record WarmupConfig
{
    public string Name { get; init; } = "";

    /// <summary>Rows; 0 or 1 for a model that does not batch.</summary>
    public int BatchSize { get; init; }

    public ValueMap<string, WarmupInput> Inputs { get; init; } = ValueMap<string, WarmupInput>.Empty;

    /// <summary>How often it is run, at least once.</summary>
    public int Count { get; init; } = 1;
}
