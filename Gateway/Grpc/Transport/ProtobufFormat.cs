using System.Buffers;
using Google.Protobuf;
using Serving;

namespace Gateway.Grpc.Transport;

/// <summary>A message that is generated from its proto file.</summary>
internal sealed class ProtobufFormat<T>(MessageParser<T> parser) : MessageFormat<T>
    where T : IMessage<T>
{
    private readonly MessageParser<T> parser = parser.WithDiscardUnknownFields(true);

    public override Outcome<T> Read(in ReadOnlySequence<byte> bytes, bool mayRefer)
    {
        try
        {
            return parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            return ServingError.Invalid(
                $"the message is not a valid {typeof(T).Name}; generate the client from the same proto files");
        }
    }

    public override long Size(T message) => message.CalculateSize();

    public override void Write(T message, IBufferWriter<byte> destination) => message.WriteTo(destination);
}
