using System.Buffers;
using System.Buffers.Binary;

namespace Gateway.Grpc.Transport;

/// <summary>The five bytes before each message: whether it is compressed, and its length, big-endian.</summary>
/// <param name="Compressed">The message is in the call's <c>grpc-encoding</c>.</param>
/// <param name="Length">Bytes of the message as sent.</param>
internal readonly record struct FramePrefix(bool Compressed, uint Length)
{
    public const int Size = 5;

    /// <summary>False for a first byte other than 0 and 1.</summary>
    /// <param name="bytes">At least <see cref="Size"/> bytes.</param>
    /// <param name="prefix">What they say.</param>
    public static bool TryRead(in ReadOnlySequence<byte> bytes, out FramePrefix prefix)
    {
        Span<byte> joined = stackalloc byte[Size];
        scoped var head = bytes.FirstSpan;
        if (head.Length < Size)
        {
            bytes.Slice(0, Size).CopyTo(joined);
            head = joined;
        }

        prefix = new FramePrefix(head[0] == 1, BinaryPrimitives.ReadUInt32BigEndian(head[1..]));
        return head[0] <= 1;
    }

    public void Write(IBufferWriter<byte> destination)
    {
        var head = destination.GetSpan(Size);
        head[0] = Compressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32BigEndian(head[1..], Length);
        destination.Advance(Size);
    }
}
