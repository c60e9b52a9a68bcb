using Serving.Inference;
using Serving.Models.Tuning;

namespace Serving.Models.Config.Completion;

/// <summary>
/// Closes what a configuration leaves open from the model's own signature, and refuses one that contradicts it. The rules (the size of a batch apart) are
/// Triton's for ONNX, so that a folder without configuration means the same here and there.
/// </summary>
/// <remarks>
/// <para>A batch dimension is one that every tensor has first and leaves open (-1). When inputs or outputs are not declared, such
/// a model batches: <c>max_batch_size</c> becomes <see cref="DefaultMaxBatchSize"/> unless it was set, and
/// <c>dynamic_batching</c> is switched on. A configuration that declares both is taken at its word.</para>
/// <para>What is declared is compared by name: type, rank and every dimension that the model fixes. Outputs that are not declared
/// are not served; required inputs that are not declared are added, since no request could do without them.</para>
/// <para>Dims never hold the batch dimension. Where nothing is left without it, callers see [1] and the model a reshape to [].
/// A scalar of a model that does not batch has the dims [].</para>
/// </remarks>
internal static class ConfigCompletion
{
    /// <summary>
    /// What <c>max_batch_size</c> becomes when the model can batch and nobody said how far. Triton takes 4, which refuses requests of
    /// 5 rows to a model that was only dropped into the repository.
    /// </summary>
    public const int DefaultMaxBatchSize = 64;

    /// <summary>The effective configuration, or all contradictions in one <see cref="ErrorCode.InvalidRequest"/>.</summary>
    /// <param name="config">As read.</param>
    /// <param name="inputs">The model's inputs with their full shapes.</param>
    /// <param name="outputs">The model's outputs; an output whose shape is unknown has the shape [].</param>
    /// <param name="rowsAreIndependent">False when an output has no rows to hand back to several requests, such as a plain map.</param>
    public static Outcome<ModelConfig> Complete(
        ModelConfig config, IReadOnlyList<TensorSignature> inputs, IReadOnlyList<TensorSignature> outputs, bool rowsAreIndependent = true)
    {
        var findings = new Findings();
        var completes = config.Input.Count == 0 || config.Output.Count == 0;
        var maxBatchSize = config.MaxBatchSize;
        var obstacle = rowsAreIndependent ? BatchDimension.FindObstacle(config, inputs, outputs) : "an output of it is a map or a sequence without rows";
        if (maxBatchSize > 0 && obstacle is not null)
            findings.Refuse($"the model does not support batching while 'max_batch_size' is {maxBatchSize}: {obstacle}; set it to 0");
        if (maxBatchSize == 0 && completes && obstacle is null && BatchDimension.IsLeftOutOfDims(config, inputs, outputs))
        {
            maxBatchSize = DefaultMaxBatchSize;
            findings.Warn(
                $"'max_batch_size' was not set and is {DefaultMaxBatchSize}, since the model's first dimension is open in every tensor");
        }

        if (config.Serving.Tuning is { } tuning && TuningGoal.Read(tuning.Root).Error is { } fault) findings.Refuse(fault.Message);
        var tensors = new TensorCompletion(maxBatchSize > 0, findings);
        var completed = config with
        {
            Platform = ModelConfig.OnnxPlatform,
            Backend = ModelConfig.OnnxBackend,
            DefaultModelFilename = config.DefaultModelFilename.Length > 0 ? config.DefaultModelFilename : ModelConfig.OnnxFilename,
            MaxBatchSize = maxBatchSize,
            Input = tensors.Inputs(config.Input, inputs),
            Output = tensors.Outputs(config.Output, outputs),
            DynamicBatching = config.DynamicBatching ?? (completes && maxBatchSize > 1 ? new() : null),
        };
        BatchSizes.Check(completed, findings);
        WarmupInputs.Check(completed, findings);
        return findings.Any ? findings.ToError() : completed with { Warnings = [.. config.Warnings, .. findings.Warnings] };
    }
}
