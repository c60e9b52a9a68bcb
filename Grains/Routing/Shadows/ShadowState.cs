namespace Grains.Routing.Shadows;

/// <summary>A <see cref="ShadowBook"/> as it is kept.</summary>
[GenerateSerializer, Alias("serving.state.shadows")]
internal sealed class ShadowState
{
    [Id(0)]
    public SiloShadows[] Silos { get; set; } = [];

    /// <summary>The sum of what silos counted that are long gone; null for nothing.</summary>
    [Id(1)]
    public byte[]? Rest { get; set; }
}
