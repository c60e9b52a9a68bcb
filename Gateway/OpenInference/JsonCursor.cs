using System.Buffers;
using System.Runtime.CompilerServices;

namespace Gateway.OpenInference;

/// <summary>
/// A position in JSON text and the steps a reader takes from it. Strict (RFC 8259), without exceptions: malformed bodies are
/// an everyday input here, and an exception each would cost the server far more than it costs the sender.
/// </summary>
/// <remarks>A step that fails says what it expected; the first failure stays, and the caller gives up.</remarks>
internal ref struct JsonCursor
{
    /// <summary>Arrays and objects within each other, the outermost included.</summary>
    public const int MaxDepth = 64;

    private static readonly SearchValues<byte> EndsOfPlainText = SearchValues.Create(
        [.. Enumerable.Range(0, 32).Select(i => (byte)i), (byte)'"', (byte)'\\']);

    public readonly ReadOnlySpan<byte> Text;
    public int Position;

    public JsonCursor(ReadOnlySpan<byte> text) => Text = text;

    /// <summary>What should have stood at <see cref="Position"/>; null while all is well.</summary>
    public string? Expected { get; private set; }

    public bool Fail(string expected)
    {
        Expected ??= expected;
        return false;
    }

    /// <summary>Steps over white space to the next byte; 0 at the end of the text.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte Peek()
    {
        while ((uint)Position < (uint)Text.Length)
        {
            var value = Text[Position];
            if (value > ' ' || value is not ((byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')) return value;
            Position++;
        }

        return 0;
    }

    public bool Take(byte token, string expected)
    {
        if (Peek() != token) return Fail(expected);
        Position++;
        return true;
    }

    public bool TakeNull()
    {
        if (Peek() != (byte)'n' || !Text[Position..].StartsWith("null"u8)) return false;
        Position += 4;
        return true;
    }

    /// <summary>
    /// Steps to the next member of the object whose opening brace, or whose last value, was just read. False at its end, and
    /// on a fault (see <see cref="Expected"/>). The key is as written, escapes and all.
    /// </summary>
    public bool NextMember(ref bool first, out ReadOnlySpan<byte> key, out bool escaped)
    {
        key = default;
        escaped = false;
        var token = Peek();
        if (token == (byte)'}')
        {
            Position++;
            return false;
        }

        if (!first)
        {
            if (token != (byte)',') return Fail("',' or '}'");
            Position++;
            token = Peek();
        }

        first = false;
        if (token != (byte)'"') return Fail("a name in double quotes");
        return TakeString(out key, out escaped) && Take((byte)':', "':'");
    }

    /// <summary>Steps to the next element of the array being read. False at its end, and on a fault.</summary>
    public bool NextElement(ref bool first)
    {
        var token = Peek();
        if (token == (byte)']')
        {
            Position++;
            return false;
        }

        if (first)
        {
            first = false;
            return true;
        }

        if (token != (byte)',') return Fail("',' or ']'");
        Position++;
        return Peek() != (byte)']' || Fail("a value");
    }

    /// <summary>Reads a string: its bytes as written, between the quotes, and whether there are escapes in them.</summary>
    public bool TakeString(out ReadOnlySpan<byte> raw, out bool escaped)
    {
        raw = default;
        escaped = false;
        if (Peek() != (byte)'"') return Fail("a string");
        var start = ++Position;
        while (true)
        {
            var plain = Text[Position..].IndexOfAny(EndsOfPlainText);
            if (plain < 0)
            {
                Position = Text.Length;
                return Fail("'\"' at the end of a string");
            }

            Position += plain;
            var stop = Text[Position];
            if (stop == (byte)'"')
            {
                raw = Text[start..Position++];
                return true;
            }

            if (stop != (byte)'\\') return Fail("no control character in a string");
            escaped = true;
            if (!StepOverEscape()) return Fail("an escape such as \\n or \\u00e9");
        }
    }

    private bool StepOverEscape()
    {
        var rest = Text[Position..];
        if (rest.Length < 2) return false;
        var length = 2;
        if (rest[1] == (byte)'u')
        {
            length = 6;
            if (rest.Length < length) return false;
            foreach (var digit in rest[2..6])
                if (!char.IsAsciiHexDigit((char)digit)) return false;
        }
        else if (!"\"\\/bfnrt"u8.Contains(rest[1])) return false;

        Position += length;
        return true;
    }

    /// <summary>Steps over one value of any kind, checking it.</summary>
    /// <param name="depth">Arrays and objects that are open around it.</param>
    public bool Skip(int depth)
    {
        var objects = 0UL;
        var open = 0;
        while (true)
        {
            var token = Peek();
            if (token is (byte)'{' or (byte)'[')
            {
                if (depth + ++open > MaxDepth) return Fail($"at most {MaxDepth} levels of nesting");
                objects = objects << 1 | (token == (byte)'{' ? 1UL : 0UL);
                Position++;
                var end = token == (byte)'{' ? (byte)'}' : (byte)']';
                if (Peek() != end)
                {
                    if (token == (byte)'{' && !SkipKey()) return false;
                    continue;
                }
            }
            else if (!SkipScalar(token)) return false;

            // A value has ended, or an empty array or object is about to: close what closes here.
            while (true)
            {
                if (open == 0) return true;
                var inObject = (objects & 1) != 0;
                token = Peek();
                if (token == (inObject ? (byte)'}' : (byte)']'))
                {
                    Position++;
                    open--;
                    objects >>= 1;
                    continue;
                }

                if (token != (byte)',') return Fail(inObject ? "',' or '}'" : "',' or ']'");
                Position++;
                if (inObject && !SkipKey()) return false;
                break;
            }
        }
    }

    private bool SkipKey() => TakeString(out _, out _) && Take((byte)':', "':'");

    private bool SkipScalar(byte token)
    {
        if (token == (byte)'"') return TakeString(out _, out _);
        if (token == (byte)'-' || char.IsAsciiDigit((char)token))
        {
            var next = DecimalNumber.Scan(Text, Position, out _);
            if (next < 0)
            {
                Position = ~next;
                return Fail("a number");
            }

            Position = next;
            return true;
        }

        var word = token switch { (byte)'t' => "true"u8, (byte)'f' => "false"u8, (byte)'n' => "null"u8, _ => default };
        if (word.IsEmpty || !Text[Position..].StartsWith(word)) return Fail("a value");
        Position += word.Length;
        return true;
    }
}
