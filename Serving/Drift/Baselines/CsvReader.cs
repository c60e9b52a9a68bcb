namespace Serving.Drift.Baselines;

/// <summary>
/// Reads comma-separated rows, quoted or not, a row at a time into one reused buffer. Bounded: a row longer than
/// <see cref="MostCharacters"/> ends the reading.
/// </summary>
internal sealed class CsvReader(TextReader reader)
{
    public const int MostCharacters = 1 << 20;

    private readonly char[] block = new char[1 << 16];
    private char[] row = new char[1024];
    private int[] ends = new int[64];
    private int length;
    private int position;
    private int available;

    /// <summary>The line the last row began on, from 1.</summary>
    public long Line { get; private set; }

    public int Fields { get; private set; }

    /// <summary>What ended the reading before the end of the text, or null.</summary>
    public string? Fault { get; private set; }

    /// <summary>A field of the present row, valid until the next <see cref="Read"/>.</summary>
    public ReadOnlySpan<char> this[int field]
    {
        get
        {
            var start = field == 0 ? 0 : ends[field - 1];
            return row.AsSpan(start, ends[field] - start);
        }
    }

    /// <summary>Moves to the next row that is not empty. False at the end, or on a <see cref="Fault"/>.</summary>
    public bool Read()
    {
        do
        {
            Fields = 0;
            length = 0;
            Line++;
            if (!Peek(out _) || !ReadRow())
                return false;
        }
        while (Fields == 1 && length == 0);
        return true;
    }

    private bool ReadRow()
    {
        var fresh = true;
        var quotedUntil = 0;
        while (Peek(out _))
        {
            var rest = block.AsSpan(position, available - position);
            var plain = rest.IndexOfAny(',', '\n', '"');
            plain = plain < 0 ? rest.Length : plain;
            if (!Append(rest[..plain]))
                return false;
            fresh &= plain == 0;
            position += plain;
            if (position == available)
                continue;

            var c = block[position++];
            if (c == '\n')
            {
                if (length > quotedUntil && row[length - 1] == '\r')
                    length--;
                EndField();
                return true;
            }

            if (c == ',')
            {
                EndField();
                fresh = true;
            }
            else if (!fresh)
            {
                // A quote inside a cell that did not begin with one is a character like any other.
                if (!Append([c]))
                    return false;
            }
            else
            {
                if (!ReadQuoted())
                    return false;
                fresh = false;
                quotedUntil = length;
            }
        }

        EndField();
        return true;
    }

    /// <summary>The rest of a cell after its opening quote, up to its closing one.</summary>
    private bool ReadQuoted()
    {
        while (Peek(out var c))
        {
            position++;
            if (c == '"' && !(Peek(out var next) && next == '"'))
                return true;
            if (c == '"')
                position++;
            else if (c == '\n')
                Line++;
            if (!Append([c]))
                return false;
        }

        Fault = $"line {Line}: a quoted field is not closed";
        return false;
    }

    private bool Peek(out char c)
    {
        if (position == available)
        {
            available = reader.Read(block, 0, block.Length);
            position = 0;
            if (available == 0)
            {
                c = default;
                return false;
            }
        }

        c = block[position];
        return true;
    }

    private bool Append(ReadOnlySpan<char> text)
    {
        if (length + text.Length > MostCharacters)
        {
            Fault = $"line {Line}: the row is longer than {MostCharacters} characters";
            return false;
        }

        if (length + text.Length > row.Length)
            Array.Resize(ref row, Math.Max(row.Length * 2, length + text.Length));
        text.CopyTo(row.AsSpan(length));
        length += text.Length;
        return true;
    }

    private void EndField()
    {
        if (Fields == ends.Length)
            Array.Resize(ref ends, Fields * 2);
        ends[Fields++] = length;
    }
}
