using Serving.Inference;
using Serving.Models;

namespace Gateway.Tests.TensorFlow;

/// <summary>Signatures to read bodies by.</summary>
internal static class Signatures
{
    public static ModelMetadata Of(params TensorSignature[] inputs) => new()
    {
        Name = "m", Version = "2", Versions = ["1", "2"], Platform = "onnxruntime_onnx", MaxBatchSize = 8,
        Inputs = inputs,
        Outputs = [new TensorSignature("scores", TensorType.Fp32, [-1, 2]) { Labels = ["low", "high"] }],
    };

    public static TensorSignature X(TensorType type = TensorType.Fp32, params long[] shape) =>
        new("x", type, shape.Length == 0 ? [-1, 2] : shape);

    public static TensorSignature Note(bool optional = false) => new("note", TensorType.Bytes, [-1]) { Optional = optional };
}
