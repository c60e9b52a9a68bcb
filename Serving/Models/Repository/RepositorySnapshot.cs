using Serving.Models.Config.Values;

namespace Serving.Models.Repository;

/// <summary>The whole repository as one scan found it.</summary>
/// <param name="Models">By name.</param>
/// <param name="UnreadableRoots">Roots that could not be listed, with the reason; nothing is known of their models.</param>
internal sealed record RepositorySnapshot(ValueMap<string, ModelFolder> Models, ValueMap<string, string> UnreadableRoots)
{
    public static readonly RepositorySnapshot Empty = new(ValueMap<string, ModelFolder>.Empty, ValueMap<string, string>.Empty);
}
