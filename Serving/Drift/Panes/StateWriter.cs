using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Serving.Drift.Panes;

/// <summary>Writes state in one canonical form: equal states give equal bytes, whatever made them.</summary>
internal sealed class StateWriter
{
    private readonly ArrayBufferWriter<byte> buffer = new(1024);

    public int Length => buffer.WrittenCount;

    public byte[] ToArray() => buffer.WrittenSpan.ToArray();

    /// <summary>A whole number from 0, seven bits a byte.</summary>
    public void Write(long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var span = buffer.GetSpan(10);
        var length = 0;
        var rest = (ulong)count;
        for (; rest >= 0x80; rest >>= 7)
            span[length++] = (byte)(rest | 0x80);
        span[length++] = (byte)rest;
        buffer.Advance(length);
    }

    public void Write(bool value) => Write(value ? 1L : 0L);

    public void Write(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(buffer.GetSpan(8), value);
        buffer.Advance(8);
    }

    public void Write(Int128 value)
    {
        BinaryPrimitives.WriteInt128LittleEndian(buffer.GetSpan(16), value);
        buffer.Advance(16);
    }

    public void Write(DateTimeOffset time) => Write(time.UtcTicks);

    public void Write(string text)
    {
        var bytes = Encoding.UTF8.GetByteCount(text);
        Write((long)bytes);
        Encoding.UTF8.GetBytes(text, buffer);
    }

    /// <summary>Counts, most of which are often zero: their number, and those that are not with their distance from the last.</summary>
    public void Write(ReadOnlySpan<long> counts)
    {
        Write((long)counts.Length);
        Write((long)(counts.Length - counts.Count(0)));
        var last = -1;
        for (var i = 0; i < counts.Length; i++)
        {
            if (counts[i] == 0)
                continue;
            Write((long)(i - last));
            Write(counts[i]);
            last = i;
        }
    }
}
