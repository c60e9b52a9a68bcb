using System.Buffers.Binary;
using System.Text;

namespace Serving.Drift.Panes;

/// <summary>Reads what <see cref="StateWriter"/> wrote. Bytes that it did not write end in <see cref="FormatException"/>.</summary>
internal ref struct StateReader(ReadOnlySpan<byte> bytes)
{
    private const int MostItems = 1 << 20;

    private ReadOnlySpan<byte> rest = bytes;

    public readonly bool AtEnd => rest.IsEmpty;

    public long ReadCount()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value <= long.MaxValue ? (long)value : throw new FormatException("a count is too large");
        }

        throw new FormatException("a count is too long");
    }

    /// <summary>How many items follow; never so many that reading them would exhaust memory.</summary>
    public int ReadLength() => ReadCount() is var length && length <= MostItems ? (int)length : throw new FormatException("a list is too long");

    public bool ReadBool() => ReadCount() != 0;

    public double ReadDouble() => BinaryPrimitives.ReadDoubleLittleEndian(Take(8));

    public Int128 ReadInt128() => BinaryPrimitives.ReadInt128LittleEndian(Take(16));

    public DateTimeOffset ReadTime() => ReadCount() is var ticks && ticks <= DateTimeOffset.MaxValue.UtcTicks
        ? new DateTimeOffset(ticks, TimeSpan.Zero)
        : throw new FormatException("a time is out of range");

    public string ReadString() => Encoding.UTF8.GetString(Take(ReadLength()));

    public long[] ReadCounts()
    {
        var counts = new long[ReadLength()];
        var filled = ReadLength();
        long place = -1;
        for (var i = 0; i < filled; i++)
        {
            place += ReadCount();
            if (place < 0 || place >= counts.Length)
                throw new FormatException("a count lies outside its list");
            counts[place] = ReadCount();
        }

        return counts;
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > rest.Length)
            throw new FormatException("the state ends too early");
        var taken = rest[..length];
        rest = rest[length..];
        return taken;
    }
}
