using Serving.Inference;

namespace Gateway.Grpc.Codec;

/// <summary>A ModelInferResponse to be written.</summary>
/// <param name="Response">The engine's answer, which this owns.</param>
/// <param name="Outputs">Its outputs, classifications applied.</param>
/// <param name="Id">The id the caller sent, or null.</param>
internal readonly record struct InferAnswer(InferenceResponse Response, IReadOnlyList<Tensor> Outputs, string? Id);
