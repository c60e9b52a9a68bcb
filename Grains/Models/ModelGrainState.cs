namespace Grains.Models;

/// <summary>What must be remembered of a model when every silo has gone.</summary>
[GenerateSerializer, Alias("serving.state.model")]
internal sealed class ModelGrainState
{
    /// <summary>In explicit mode: whether somebody asked for the model; null when nobody said anything.</summary>
    [Id(0)]
    public bool? Requested { get; set; }

    /// <summary>A configuration that an explicit load brought along, or null.</summary>
    [Id(1)]
    public string? ConfigJson { get; set; }

    /// <summary>Raised by each explicit load, so that unchanged files are loaded again.</summary>
    [Id(2)]
    public int Generation { get; set; }
}
