using Serving.Models.Config;

namespace Serving.Models;

/// <summary>What an explicit load brought along.</summary>
/// <param name="Config">A whole configuration in place of the repository's.</param>
/// <param name="Root">A repository root that holds the files that came along; null when the repository's files are used.</param>
internal sealed record ModelOverride(ModelConfig Config, string? Root);
