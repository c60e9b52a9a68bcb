namespace Grains.Routing;

/// <summary>A model's traffic as it is kept: the state of the machine in its own form.</summary>
[GenerateSerializer, Alias("serving.state.router")]
internal sealed class RouterGrainState
{
    /// <summary>As <c>RoutingStateJson</c> writes it; null for a model that never had a document.</summary>
    [Id(0)]
    public byte[]? Traffic { get; set; }
}
