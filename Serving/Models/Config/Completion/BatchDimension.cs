using Serving.Inference;

namespace Serving.Models.Config.Completion;

/// <summary>Whether a model's tensors have a first dimension that can hold any number of rows.</summary>
internal static class BatchDimension
{
    /// <summary>Why not, naming the tensor; null when they have one. Only tensors that will be served count.</summary>
    public static string? FindObstacle(ModelConfig config, IReadOnlyList<TensorSignature> inputs, IReadOnlyList<TensorSignature> outputs)
    {
        foreach (var input in inputs)
            if (!IsOpen(input) && (!input.Optional || config.Input.Count == 0 || Find(config.Input, input.Name) is not null))
                return $"its input '{input.Name}' has the shape {Format(input)}";
        foreach (var output in outputs)
        {
            if (IsOpen(output)) continue;
            var declared = Find(config.Output, output.Name);
            if (config.Output.Count > 0 && declared is null) continue;

            // The model does not say the shape, the configuration does.
            if (output.Shape.Count == 0 && declared is { Dims.Count: > 0 }) continue;
            return $"its output '{output.Name}' has the shape {Format(output)}";
        }

        return null;
    }

    /// <summary>False when declared dims are the model's whole shape, which says that the first dimension is not for batches.</summary>
    public static bool IsLeftOutOfDims(ModelConfig config, IReadOnlyList<TensorSignature> inputs, IReadOnlyList<TensorSignature> outputs) =>
        inputs.All(input => IsLeftOut(Find(config.Input, input.Name), input))
        && outputs.All(output => IsLeftOut(Find(config.Output, output.Name), output));

    private static bool IsLeftOut(TensorConfig? declared, TensorSignature signature) =>
        declared is null or { Dims.Count: 0 } || (declared.Reshape ?? declared.Dims).Count != signature.Shape.Count;

    private static bool IsOpen(TensorSignature tensor) => tensor.Shape.Count > 0 && tensor.Shape[0] == -1;

    private static TensorConfig? Find(IEnumerable<TensorConfig> tensors, string name) =>
        tensors.FirstOrDefault(tensor => tensor.Name == name);

    private static string Format(TensorSignature tensor) => TensorShape.Format([.. tensor.Shape]);
}
