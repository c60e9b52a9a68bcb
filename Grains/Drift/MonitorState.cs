namespace Grains.Drift;

/// <summary>A monitor's evidence as it is kept: windows, closed panes, alerts, and what is to be posted of them. Written when a pane closes.</summary>
[GenerateSerializer, Alias("serving.state.monitor")]
internal sealed class MonitorState
{
    [Id(0)]
    public byte[]? Evidence { get; set; }

    /// <summary>As <c>OutboxItem</c> writes it, oldest first.</summary>
    [Id(1)]
    public byte[][] Outgoing { get; set; } = [];
}
