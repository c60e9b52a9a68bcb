using System.Buffers;
using Serving;

namespace Gateway.Grpc.Transport;

/// <summary>Looks at a message of which not all has come yet.</summary>
internal interface IMessageDoor
{
    /// <summary>Why nothing more of the message is to be read; null while there is no reason.</summary>
    /// <param name="beginning">Its first bytes.</param>
    ServingError? Refuse(in ReadOnlySequence<byte> beginning);
}
