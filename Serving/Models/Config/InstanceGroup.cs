namespace Serving.Models.Config;

/// <summary>A number of sessions of one version that run side by side.</summary>
internal sealed record InstanceGroup
{
    public string Name { get; init; } = "";

    public InstanceKind Kind { get; init; }

    /// <summary>Sessions in the group; 0 leaves the number to the scheduler.</summary>
    public int Count { get; init; }
}
