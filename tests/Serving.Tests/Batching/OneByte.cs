using Serving.Batching;
using Serving.Inference;
using Serving.Tests.Fakes;

namespace Serving.Tests.Batching;

/// <summary>Requests of one row of one byte, as a loop takes them in.</summary>
internal static class OneByte
{
    public static PendingInference Request(SteppedTime time, byte value = 0, TimeSpan? timeout = null)
    {
        Tensor[] inputs = [new("x", TensorType.UInt8, [1, 1], new[] { value })];
        return new PendingInference
        {
            Request = new InferenceRequest { Model = "m", Id = "r", Inputs = inputs, Timeout = timeout },
            Inputs = inputs,
            Outputs = [0],
            Route = new RouteDecision("1", null, RouteReason.Only, 0),
            Rows = 1,
            Bytes = 1,
            Arrived = time.GetTimestamp(),
        };
    }
}
