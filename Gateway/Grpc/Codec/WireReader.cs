using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Gateway.Grpc.Codec;

/// <summary>Walks over the fields of one protobuf message. Bytes are handed out as slices of the message, never copied.</summary>
/// <remarks>
/// After <see cref="Next"/> the caller takes the field's value or skips it. Whatever cannot be read sets
/// <see cref="IsMalformed"/> and ends the walk; nothing throws.
/// </remarks>
internal ref struct WireReader(in ReadOnlySequence<byte> message)
{
    private const int MostVarintBytes = 10;
    private const int MostNesting = 100;

    private SequenceReader<byte> reader = new(message);

    public int Field { get; private set; }

    public WireType Type { get; private set; }

    public bool IsMalformed { get; private set; }

    /// <summary>The text of the first field of that number; null where it is not there, or not whole.</summary>
    public static string? TextOf(in ReadOnlySequence<byte> message, int field) =>
        new WireReader(message).TryFind(field, out var bytes) ? Encoding.UTF8.GetString(bytes) : null;

    /// <summary>Moves to the next field; false at the end.</summary>
    public bool Next()
    {
        while (!IsMalformed && !reader.End)
        {
            if (!ReadTag() || Type == WireType.EndGroup) return Fail();
            if (Type != WireType.StartGroup) return true;
            SkipGroup(Field, 0);
        }

        return false;
    }

    /// <summary>Whether the walk stands on that field in that layout; another layout makes it an unknown field.</summary>
    public readonly bool Is(int field, WireType type) => Field == field && Type == type;

    public ulong Varint()
    {
        var value = 0UL;
        for (var i = 0; i < MostVarintBytes && reader.TryRead(out var next); i++)
        {
            value |= (ulong)(next & 0x7F) << (7 * i);
            if (next < 0x80) return value;
        }

        Fail();
        return 0;
    }

    public ulong Fixed64()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        if (reader.TryCopyTo(bytes)) reader.Advance(sizeof(ulong));
        else Fail();
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    public ReadOnlySequence<byte> Bytes()
    {
        var length = Varint();
        if (IsMalformed || length > (ulong)reader.Remaining)
        {
            Fail();
            return default;
        }

        var bytes = reader.Sequence.Slice(reader.Position, (long)length);
        reader.Advance((long)length);
        return bytes;
    }

    public void Skip()
    {
        switch (Type)
        {
            case WireType.Varint:
                Varint();
                break;
            case WireType.Bytes:
                Bytes();
                break;
            default:
                var size = Type == WireType.Fixed64 ? sizeof(ulong) : sizeof(uint);
                if (reader.Remaining < size) Fail();
                else reader.Advance(size);
                break;
        }
    }

    /// <summary>The value of the next field of that number, all others skipped; false when there is none.</summary>
    public bool TryFind(int field, out ReadOnlySequence<byte> bytes)
    {
        while (Next())
        {
            if (Is(field, WireType.Bytes))
            {
                bytes = Bytes();
                return !IsMalformed;
            }

            Skip();
        }

        bytes = default;
        return false;
    }

    private bool ReadTag()
    {
        var tag = (uint)Varint();
        Type = (WireType)(tag & 7);
        Field = (int)(tag >> 3);
        return !IsMalformed && Field != 0 && Type is <= WireType.Fixed32;
    }

    /// <summary>Skips what proto3 no longer has, but other versions of a message may.</summary>
    private void SkipGroup(int field, int depth)
    {
        while (!IsMalformed)
        {
            if (!ReadTag() || depth == MostNesting) Fail();
            else if (Type == WireType.StartGroup) SkipGroup(Field, depth + 1);
            else if (Type != WireType.EndGroup) Skip();
            else if (Field == field) return;
            else Fail();
        }
    }

    private bool Fail()
    {
        IsMalformed = true;
        return false;
    }
}
