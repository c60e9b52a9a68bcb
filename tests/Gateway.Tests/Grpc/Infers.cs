using System.Runtime.InteropServices;
using Gateway.Grpc.Messages;
using Google.Protobuf;
using Input = Gateway.Grpc.Messages.ModelInferRequest.Types.InferInputTensor;

namespace Gateway.Tests.Grpc;

/// <summary>Inference requests to the models of the fake engine.</summary>
internal static class Infers
{
    public static ModelInferRequest Raw(params float[] values) => new()
    {
        ModelName = "double",
        Inputs = { new Input { Name = "x", Datatype = "FP32", Shape = { values.Length } } },
        RawInputContents = { ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan())) },
    };

    public static ModelInferRequest WithId(string id, params float[] values)
    {
        var request = Raw(values);
        request.Id = id;
        return request;
    }

    public static float[] Floats(ModelInferResponse response, int output = 0) =>
        MemoryMarshal.Cast<byte, float>(response.RawOutputContents[output].Span).ToArray();
}
