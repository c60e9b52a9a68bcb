namespace Serving.Models;

/// <summary>A call of the model repository extension's <c>load</c>.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="ConfigJson">A whole model configuration that stands in for the repository's, or null.</param>
/// <param name="Files">Files that stand in for the repository's, by path such as <c>1/model.onnx</c>; needs <paramref name="ConfigJson"/>.</param>
public sealed record ModelLoadRequest(string Model, string? ConfigJson, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Files);
