using System.Buffers;
using System.Buffers.Text;

namespace Gateway.Tests.OpenInference.Fuzz;

/// <summary>Makes bodies out of the corpus by a few random changes each.</summary>
internal sealed class BodyMutator(FuzzRandom random)
{
    private const int Longest = 2048;

    private static readonly SearchValues<byte> NumberBytes = SearchValues.Create("0123456789.eE-+"u8);

    private readonly NumberTexts numbers = new(random);
    private readonly byte[] scratch = new byte[Longest + NumberTexts.Longest];
    private int length;

    /// <summary>The body made last.</summary>
    public byte[] Bytes { get; } = new byte[Longest];

    public int Length => length;

    public long? HeaderLength { get; private set; }

    public void MakeNext()
    {
        var origin = BodyCorpus.All[random.Below(BodyCorpus.All.Length)];
        origin.Bytes.CopyTo(Bytes, 0);
        length = origin.Bytes.Length;
        HeaderLength = origin.HeaderLength;
        for (var changes = random.Below(4); changes > 0; changes--) Change();
        if (random.OneIn(16)) LieAboutHeader();
    }

    private void Change()
    {
        var at = random.Below(length + 1);
        switch (random.Below(10))
        {
            case 0 or 1 when at < length: Bytes[at] ^= (byte)(1 << random.Below(8)); break;
            case 2 when at < length: Bytes[at] = (byte)random.Next(); break;
            case 3 when random.OneIn(2): Replace(at, length - at, []); break;
            case 4: Replace(at, Math.Min(random.Below(16), length - at), []); break;
            case 5 or 6: PutToken(at); break;
            case 7: Splice(at); break;
            case 8: Repeat(at); break;
            default: ReplaceNumber(at); break;
        }
    }

    private void PutToken(int at)
    {
        var removed = random.OneIn(2) ? 0 : Math.Min(random.Below(8), length - at);
        Replace(at, removed, random.Pick(BodyCorpus.Tokens));
    }

    private void Splice(int at)
    {
        var other = BodyCorpus.All[random.Below(BodyCorpus.All.Length)].Bytes;
        var from = random.Below(other.Length);
        Replace(at, random.OneIn(2) ? length - at : 0, other.AsSpan(from, random.Below(other.Length - from)));
    }

    private void Repeat(int at)
    {
        var piece = Math.Min(random.Below(40), length - at);
        Bytes.AsSpan(at, piece).CopyTo(scratch);
        Replace(at, 0, scratch.AsSpan(0, piece));
    }

    /// <summary>Puts another number where the next one stands.</summary>
    private void ReplaceNumber(int at)
    {
        var start = Bytes.AsSpan(at, length - at).IndexOfAnyInRange((byte)'0', (byte)'9');
        if (start < 0) return;
        start += at;
        var rest = Bytes.AsSpan(start, length - start).IndexOfAnyExcept(NumberBytes);
        var end = rest < 0 ? length : start + rest;
        var written = random.OneIn(2) ? numbers.Write(scratch) : WriteInteger();
        Replace(start, end - start, scratch.AsSpan(0, written));
    }

    private int WriteInteger()
    {
        Utf8Formatter.TryFormat(random.OfAnyLength(64), scratch, out var written);
        return written;
    }

    private void LieAboutHeader() => HeaderLength = random.Below(4) switch
    {
        0 => null,
        1 => (long)random.Next(),
        2 => random.Below(length + 2),
        _ => (HeaderLength ?? length) + random.Below(5) - 2,
    };

    private void Replace(int at, int removed, ReadOnlySpan<byte> inserted)
    {
        if (length - removed + inserted.Length > Longest) return;
        Bytes.AsSpan(at + removed, length - at - removed).CopyTo(Bytes.AsSpan(at + inserted.Length));
        inserted.CopyTo(Bytes.AsSpan(at));
        length += inserted.Length - removed;
    }
}
