using Serving.Inference;
using Serving.Models.Config.Values;

namespace Serving.Models.Config;

/// <summary>One input of a warm-up request. Exactly one of the three sources of data is set.</summary>
internal sealed record WarmupInput
{
    /// <summary>Where the data files are, in the model's folder.</summary>
    public const string Folder = "warmup";

    public TensorType DataType { get; init; }

    /// <summary>Without the batch dimension when the model batches; nothing varies.</summary>
    public ValueList<long> Dims { get; init; } = [];

    public bool ZeroData { get; init; }

    public bool RandomData { get; init; }

    /// <summary>A file of raw little-endian data in <see cref="Folder"/>; empty for none.</summary>
    public string InputDataFile { get; init; } = "";
}
