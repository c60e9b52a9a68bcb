using System.Buffers;
using System.Buffers.Text;
using System.Runtime.CompilerServices;

namespace Gateway.OpenInference;

/// <summary>Writes JSON into a buffer writer, a piece of its memory at a time, and counts the bytes.</summary>
internal ref struct JsonSink(IBufferWriter<byte> writer)
{
    private const int Piece = 4096;

    private static readonly SearchValues<byte> Escaped = SearchValues.Create(
        [.. Enumerable.Range(0, 32).Select(i => (byte)i), (byte)'"', (byte)'\\']);

    private readonly IBufferWriter<byte> writer = writer;
    private Span<byte> room;
    private int used;
    private long flushed;

    /// <summary>Bytes written so far.</summary>
    public readonly long Length => flushed + used;

    /// <summary>At least that much room, at most <see cref="Piece"/>, to be taken by <see cref="Advance"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> Room(int length)
    {
        if (room.Length - used < length) Renew(length);
        return room[used..];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Advance(int length) => used += length;

    /// <summary>Hands what is written to the buffer writer; needed at the end.</summary>
    public void Flush()
    {
        if (used > 0) writer.Advance(used);
        flushed += used;
        used = 0;
        room = default;
    }

    public void Raw(scoped ReadOnlySpan<byte> text)
    {
        while (text.Length > Piece)
        {
            Raw(text[..Piece]);
            text = text[Piece..];
        }

        text.CopyTo(Room(text.Length));
        used += text.Length;
    }

    public void Raw(byte token)
    {
        Room(1)[0] = token;
        used++;
    }

    public void Integer(long value)
    {
        Utf8Formatter.TryFormat(value, Room(20), out var written);
        used += written;
    }

    /// <summary>A string in quotes, from UTF-8 that is known to be valid.</summary>
    public void Text(scoped ReadOnlySpan<byte> text)
    {
        Raw((byte)'"');
        while (true)
        {
            var plain = text.IndexOfAny(Escaped);
            if (plain < 0) break;
            Raw(text[..plain]);
            Escape(text[plain]);
            text = text[(plain + 1)..];
        }

        Raw(text);
        Raw((byte)'"');
    }

    /// <summary>A string in quotes.</summary>
    public void Text(string text)
    {
        const int LongestOnStack = 256;
        var longest = System.Text.Encoding.UTF8.GetMaxByteCount(text.Length);
        Span<byte> utf8 = longest <= LongestOnStack ? stackalloc byte[LongestOnStack] : new byte[longest];
        Text(utf8[..System.Text.Encoding.UTF8.GetBytes(text, utf8)]);
    }

    private void Escape(byte value)
    {
        var escape = Room(6);
        escape[0] = (byte)'\\';
        var letter = value switch
        {
            (byte)'"' or (byte)'\\' => value,
            (byte)'\b' => (byte)'b',
            (byte)'\f' => (byte)'f',
            (byte)'\n' => (byte)'n',
            (byte)'\r' => (byte)'r',
            (byte)'\t' => (byte)'t',
            _ => (byte)'u',
        };
        escape[1] = letter;
        used += 2;
        if (letter != (byte)'u') return;
        "00"u8.CopyTo(escape[2..]);
        Utf8Formatter.TryFormat(value, escape[4..], out _, new StandardFormat('x', 2));
        used += 4;
    }

    private void Renew(int length)
    {
        Flush();
        room = writer.GetSpan(Math.Max(length, Piece));
    }
}
