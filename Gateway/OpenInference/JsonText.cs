using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

namespace Gateway.OpenInference;

/// <summary>The text inside a JSON string whose escapes <see cref="JsonCursor.TakeString"/> has checked.</summary>
internal static class JsonText
{
    /// <summary>
    /// Writes the text with its escapes resolved. False when it is not valid UTF-8, or half of a surrogate pair stands alone.
    /// The text never grows: the destination needs no more bytes than <paramref name="raw"/> has.
    /// </summary>
    public static bool TryUnescape(ReadOnlySpan<byte> raw, Span<byte> destination, out int written)
    {
        written = 0;
        while (true)
        {
            var plain = raw.IndexOf((byte)'\\');
            if (plain < 0) plain = raw.Length;
            raw[..plain].CopyTo(destination[written..]);
            written += plain;
            if (plain == raw.Length) break;

            raw = raw[(plain + 1)..];
            if (raw[0] != (byte)'u')
            {
                destination[written++] = Simple(raw[0]);
                raw = raw[1..];
                continue;
            }

            int unit = Hex(raw);
            raw = raw[5..];
            if (char.IsHighSurrogate((char)unit) && raw.StartsWith("\\u"u8) && char.IsLowSurrogate((char)Hex(raw[1..])))
            {
                unit = char.ConvertToUtf32((char)unit, (char)Hex(raw[1..]));
                raw = raw[6..];
            }

            if (!Rune.TryCreate(unit, out var rune)) return false;
            written += rune.EncodeToUtf8(destination[written..]);
        }

        return Utf8.IsValid(destination[..written]);
    }

    private static byte Simple(byte escape) => escape switch
    {
        (byte)'b' => (byte)'\b',
        (byte)'f' => (byte)'\f',
        (byte)'n' => (byte)'\n',
        (byte)'r' => (byte)'\r',
        (byte)'t' => (byte)'\t',
        _ => escape,
    };

    /// <summary>The code unit of <c>uXXXX</c>.</summary>
    private static ushort Hex(ReadOnlySpan<byte> escape)
    {
        Utf8Parser.TryParse(escape.Slice(1, 4), out ushort unit, out _, 'x');
        return unit;
    }
}
