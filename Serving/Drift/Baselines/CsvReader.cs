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
        bool quoted = false, fresh = true;
        while (Peek(out var c))
        {
            position++;
            if (quoted)
            {
                if (c != '"')
                {
                    if (!Append(c))
                        return false;
                }
                else if (Peek(out var next) && next == '"')
                {
                    position++;
                    if (!Append('"'))
                        return false;
                }
                else
                {
                    quoted = false;
                }

                continue;
            }

            switch (c)
            {
                case '"' when fresh:
                    quoted = true;
                    fresh = false;
                    break;
                case ',':
                    EndField();
                    fresh = true;
                    break;
                case '\r' when Peek(out var next) && next == '\n':
                    break;
                case '\n':
                    EndField();
                    return true;
                default:
                    fresh = false;
                    if (!Append(c))
                        return false;
                    break;
            }
        }

        if (quoted)
        {
            Fault = $"line {Line}: a quoted field is not closed";
            return false;
        }

        EndField();
        return true;
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

    private bool Append(char c)
    {
        if (c == '\n')
            Line++;
        if (length == row.Length)
        {
            if (length >= MostCharacters)
            {
                Fault = $"line {Line}: the row is longer than {MostCharacters} characters";
                return false;
            }

            Array.Resize(ref row, length * 2);
        }

        row[length++] = c;
        return true;
    }

    private void EndField()
    {
        if (Fields == ends.Length)
            Array.Resize(ref ends, Fields * 2);
        ends[Fields++] = length;
    }
}
