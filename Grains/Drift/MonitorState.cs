namespace Grains.Drift;

/// <summary>A monitor's evidence as it is kept: windows, closed panes, alerts. Written when a pane closes.</summary>
[GenerateSerializer, Alias("serving.state.monitor")]
internal sealed class MonitorState
{
    [Id(0)]
    public byte[]? Evidence { get; set; }
}
