using System.Buffers;
using Serving;

namespace Gateway.Grpc.Transport;

/// <summary>How messages of one kind are read and written; what gRPC libraries call a marshaller.</summary>
internal abstract class MessageFormat<T>
{
    /// <summary>Reads a message; an error when the bytes are none of its kind.</summary>
    /// <param name="bytes">All of it.</param>
    /// <param name="mayRefer">
    /// The bytes stay as they are until <see cref="Release"/>, so that the message may refer to them.
    /// </param>
    public abstract Outcome<T> Read(in ReadOnlySequence<byte> bytes, bool mayRefer);

    /// <summary>Bytes that <see cref="Write"/> will write.</summary>
    public abstract long Size(T message);

    public abstract void Write(T message, IBufferWriter<byte> destination);

    /// <summary>Whether the message refers to the bytes it was read from.</summary>
    public virtual bool Refers(T message) => false;

    /// <summary>Gives back what the message owns; called once, when the transport is done with it.</summary>
    public virtual void Release(T message)
    {
    }
}
