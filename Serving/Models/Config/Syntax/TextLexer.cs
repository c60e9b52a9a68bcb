using System.Text;

namespace Serving.Models.Config.Syntax;

/// <summary>Cuts protobuf's text form into tokens. Works on bytes, since escapes in strings make bytes and comments may hold any.</summary>
internal sealed class TextLexer(byte[] source)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private int position = source.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0;
    private int line = 1;

    public TextToken Next()
    {
        SkipBlanks();
        if (position >= source.Length) return new(TextTokenKind.End, "", line);
        var first = source[position];
        if (IsWordStart(first)) return Take(TextTokenKind.Word, IsWordPart);
        if (IsDigit(first) || (first == '.' && position + 1 < source.Length && IsDigit(source[position + 1]))) return Number();
        if (first is (byte)'"' or (byte)'\'') return String(first);
        if (first is <= 32 or >= 127) return Fault($"the byte 0x{first:x2} has no place outside of strings and comments");
        position++;
        return new(TextTokenKind.Symbol, ((char)first).ToString(), line);
    }

    private static bool IsDigit(byte b) => b is >= (byte)'0' and <= (byte)'9';

    private static bool IsWordStart(byte b) => b is (>= (byte)'a' and <= (byte)'z') or (>= (byte)'A' and <= (byte)'Z') or (byte)'_';

    private static bool IsWordPart(byte b) => IsWordStart(b) || IsDigit(b);

    private void SkipBlanks()
    {
        for (; position < source.Length; position++)
        {
            if (source[position] == '#')
                while (position + 1 < source.Length && source[position + 1] != '\n') position++;
            else if (source[position] == '\n') line++;
            else if (source[position] is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\v' or (byte)'\f')) return;
        }
    }

    private TextToken Take(TextTokenKind kind, Func<byte, bool> belongs)
    {
        var start = position;
        while (position < source.Length && belongs(source[position])) position++;
        return new(kind, Encoding.ASCII.GetString(source, start, position - start), line);
    }

    // Letters are taken along, so that "0x1F", "1.5f" and "1e-3" are one token and "12abc" is one wrong one.
    private TextToken Number()
    {
        var start = position;
        var hexadecimal = source.AsSpan(start).StartsWith("0x"u8) || source.AsSpan(start).StartsWith("0X"u8);
        for (; position < source.Length; position++)
        {
            var b = source[position];
            if (IsWordPart(b) || b == '.') continue;
            if (b is (byte)'+' or (byte)'-' && !hexadecimal && source[position - 1] is (byte)'e' or (byte)'E') continue;
            break;
        }

        return new(TextTokenKind.Number, Encoding.ASCII.GetString(source, start, position - start), line);
    }

    private TextToken String(byte quote)
    {
        var bytes = new List<byte>();
        position++;
        while (true)
        {
            if (position >= source.Length || source[position] == '\n') return Fault("a string is not closed on its line");
            var b = source[position++];
            if (b == quote) break;
            if (b != '\\') bytes.Add(b);
            else if (!Escape(bytes)) return Fault("a string has an escape that does not exist; write a backslash as \\\\");
        }

        try
        {
            return new(TextTokenKind.String, Strict.GetString([.. bytes]), line);
        }
        catch (DecoderFallbackException)
        {
            return Fault("a string is not valid UTF-8");
        }
    }

    private bool Escape(List<byte> bytes)
    {
        if (position >= source.Length) return false;
        var b = source[position++];
        const string Names = "abfnrtv\\'\"?";
        const string Meanings = "\a\b\f\n\r\t\v\\'\"?";
        var named = Names.IndexOf((char)b);
        if (named >= 0)
        {
            bytes.Add((byte)Meanings[named]);
            return true;
        }

        switch ((char)b)
        {
            case >= '0' and <= '7':
                position--;
                return Code(8, 1, 3, out var octal) && octal <= 255 && Add(bytes, octal);
            case 'x' or 'X':
                return Code(16, 1, 2, out var hexadecimal) && Add(bytes, hexadecimal);
            case 'u':
                return Code(16, 4, 4, out var unit) && AddRune(bytes, unit);
            case 'U':
                return Code(16, 8, 8, out var rune) && AddRune(bytes, rune);
            default:
                return false;
        }
    }

    private bool Code(uint radix, int least, int most, out uint code)
    {
        var digits = 0;
        for (code = 0; digits < most && position < source.Length; digits++, position++)
        {
            var c = (char)source[position];
            if (!char.IsAsciiHexDigit(c)) break;
            var digit = (uint)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
            if (digit >= radix) break;
            code = (code * radix) + digit;
        }

        return digits >= least;
    }

    private static bool Add(List<byte> bytes, uint code)
    {
        bytes.Add((byte)code);
        return true;
    }

    private static bool AddRune(List<byte> bytes, uint code)
    {
        if (!Rune.IsValid(code)) return false;
        Span<byte> utf8 = stackalloc byte[4];
        bytes.AddRange(utf8[..new Rune(code).EncodeToUtf8(utf8)]);
        return true;
    }

    private TextToken Fault(string reason)
    {
        position = source.Length;
        return new(TextTokenKind.Fault, reason, line);
    }
}
