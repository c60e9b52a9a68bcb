namespace Serving.Models.Config;

/// <summary>An output of a model.</summary>
internal sealed record OutputConfig : TensorConfig
{
    /// <summary>A text file in the model's folder with one class name a line; empty for none.</summary>
    public string LabelFilename { get; init; } = "";
}
