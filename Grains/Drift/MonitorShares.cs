namespace Grains.Drift;

/// <summary>What silos have delivered and no closed pane holds yet, and which silos those are. Written before a delivery is confirmed.</summary>
[GenerateSerializer, Alias("serving.state.shares")]
internal sealed class MonitorShares
{
    [Id(0)]
    public byte[][] Shares { get; set; } = [];

    [Id(1)]
    public CountingNode[] Nodes { get; set; } = [];

    /// <summary>Observations lost at silos that have ended.</summary>
    [Id(2)]
    public long Dropped { get; set; }
}
