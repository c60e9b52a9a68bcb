namespace Serving.Models;

/// <summary>A version's signature, and which versions are ready beside it.</summary>
public sealed record ModelMetadata
{
    public required string Name { get; init; }

    /// <summary>The version this signature is of.</summary>
    public required string Version { get; init; }

    /// <summary>All ready versions, oldest first.</summary>
    public required IReadOnlyList<string> Versions { get; init; }

    /// <summary>As Triton names it, such as <c>onnxruntime_onnx</c>.</summary>
    public required string Platform { get; init; }

    public required IReadOnlyList<TensorSignature> Inputs { get; init; }

    public required IReadOnlyList<TensorSignature> Outputs { get; init; }

    /// <summary>Rows a request may hold at the most; 0 when the model does not batch and the first dimension is like any other.</summary>
    public int MaxBatchSize { get; init; }
}
