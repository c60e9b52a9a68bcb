using System.Buffers;
using Gateway.Grpc.Codec;
using Gateway.Grpc.Messages;
using Gateway.OpenInference;
using Google.Protobuf;
using Serving;
using Serving.Inference;

namespace Gateway.Tests.Grpc;

/// <summary>The formats under test, and bytes cut into pieces for them.</summary>
internal static class Formats
{
    public static readonly InferRequestFormat Requests = new(ReadLimits.Default, new NameTable(), new TensorPool(1 << 20));

    public static Outcome<InferMessage> Read(IMessage message) => Read(message.ToByteArray());

    public static Outcome<InferMessage> Read(byte[] bytes) => Requests.Read(new ReadOnlySequence<byte>(bytes), mayRefer: false);

    /// <summary>What is wrong with the request's content; fails when nothing is.</summary>
    public static string FaultOf(ModelInferRequest request)
    {
        var message = Read(request).Value;
        Requests.Release(message);
        return message.Content.Error!.Message;
    }

    /// <summary>The bytes in segments of random lengths, some empty.</summary>
    public static ReadOnlySequence<byte> Cut(ReadOnlyMemory<byte> bytes, Random random)
    {
        var first = new Segment(default, 0);
        var last = first;
        for (var rest = bytes; !rest.IsEmpty;)
        {
            var length = Math.Min(rest.Length, random.Next(4) == 0 ? 0 : random.Next(1, 40));
            last = last.Append(rest[..length]);
            rest = rest[length..];
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long index) => (Memory, RunningIndex) = (memory, index);

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
