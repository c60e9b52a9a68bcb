using Serving.Models.Config;
using Serving.Sessions;

namespace Serving.Models;

/// <summary>A version as callers see it: its metadata, and the session behind the configured shapes.</summary>
internal static class SignatureView
{
    private const int MaxLabelBytes = 1 << 20;

    /// <param name="config">The effective configuration.</param>
    /// <param name="version">The version's number.</param>
    /// <param name="labels">Reads a label file's lines by its name.</param>
    public static ModelMetadata Metadata(ModelConfig config, string version, Func<string, IReadOnlyList<string>?> labels) => new()
    {
        Name = config.Name,
        Version = version,
        Versions = [version],
        Platform = ModelConfig.OnnxPlatform,
        MaxBatchSize = config.MaxBatchSize,
        Inputs = [.. config.Input.Select(i => new TensorSignature(i.Name, i.DataType, Full(config, i.Dims)) { Optional = i.Optional })],
        Outputs =
        [
            .. config.Output.Select(o => new TensorSignature(o.Name, o.DataType, Full(config, o.Dims))
            {
                Labels = o.LabelFilename.Length == 0 ? null : labels(o.LabelFilename),
            }),
        ],
    };

    /// <summary>The session itself, or, when the configuration reshapes, order or leaves out tensors, a view of it.</summary>
    public static IModelSession Session(IModelSession session, ModelConfig config, ModelMetadata metadata)
    {
        var inputs = Reshapes(config, config.Input);
        var outputs = Reshapes(config, config.Output);
        var order = metadata.Outputs.Select(o => session.Signature.Outputs.ToList().FindIndex(s => s.Name == o.Name)).ToArray();
        var same = order.Length == session.Signature.Outputs.Count && order.Index().All(o => o.Index == o.Item);
        return same && inputs.Count == 0 && outputs.Count == 0
            ? session
            : new ReshapingSession(session, session.Signature with { Inputs = metadata.Inputs, Outputs = metadata.Outputs }, order, inputs, outputs);
    }

    /// <summary>One class name a line; null when the file is missing or too large to be one.</summary>
    public static IReadOnlyList<string>? ReadLabels(string file) =>
        new FileInfo(file) is { Exists: true, Length: <= MaxLabelBytes } ? File.ReadAllLines(file) : null;

    private static Dictionary<string, Reshape> Reshapes(ModelConfig config, IEnumerable<TensorConfig> tensors) => tensors
        .Where(t => t.Reshape is not null)
        .ToDictionary(t => t.Name, t => new Reshape(Full(config, t.Dims), Full(config, t.Reshape!)));

    private static long[] Full(ModelConfig config, IEnumerable<long> dims) => config.MaxBatchSize > 0 ? [-1, .. dims] : [.. dims];
}
