using Gateway.OpenInference;

namespace Gateway.TensorFlow;

/// <summary>What a body in TensorFlow Serving's form said.</summary>
/// <param name="Inference">The request. Owns the memory of its inputs.</param>
/// <param name="Rows">Instances or examples, each of which has its part in the answer; null where inputs came whole.</param>
/// <param name="Length">Bytes of the body.</param>
internal sealed record ParsedPredict(ParsedInference Inference, int? Rows, int Length);
