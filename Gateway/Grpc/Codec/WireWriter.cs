using System.Buffers;
using System.Numerics;
using System.Text;

namespace Gateway.Grpc.Codec;

/// <summary>Writes protobuf fields into memory whose size is known to do. Only fields below 16, whose tag is one byte.</summary>
internal ref struct WireWriter(Span<byte> room)
{
    private readonly Span<byte> room = room;

    public int Written { get; private set; }

    public static int VarintSize(ulong value) => (BitOperations.Log2(value | 1) + 7) / 7;

    /// <summary>Bytes of a length-delimited field with its tag and length.</summary>
    public static long FieldSize(long length) => 1 + VarintSize((ulong)length) + length;

    /// <summary>Bytes of a text field; none when it is empty, as proto3 has it.</summary>
    public static long TextSize(string text) => text.Length == 0 ? 0 : FieldSize(Encoding.UTF8.GetByteCount(text));

    public void Text(int field, string text)
    {
        if (text.Length == 0) return;
        Head(field, Encoding.UTF8.GetByteCount(text));
        Written += Encoding.UTF8.GetBytes(text, room[Written..]);
    }

    /// <summary>Tag and length of a field whose bytes follow.</summary>
    public void Head(int field, long length)
    {
        room[Written++] = (byte)(field << 3 | (int)WireType.Bytes);
        Varint((ulong)length);
    }

    public void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7) room[Written++] = (byte)(value | 0x80);
        room[Written++] = (byte)value;
    }

    public void Raw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(room[Written..]);
        Written += bytes.Length;
    }
}
