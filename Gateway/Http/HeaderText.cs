using System.Buffers;
using System.Text;

namespace Gateway.Http;

/// <summary>Makes any text fit for a header value: visible ASCII stays, the rest is percent-encoded as UTF-8.</summary>
internal static class HeaderText
{
    private static readonly SearchValues<char> Visible =
        SearchValues.Create([.. Enumerable.Range(0x21, 0x7E - 0x21 + 1).Select(c => (char)c)]);

    public static bool IsFit(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(Visible);

    public static string Fit(string text)
    {
        if (IsFit(text)) return text;
        var fit = new StringBuilder(text.Length + 16);
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is > 0x20 and < 0x7F)
            {
                fit.Append((char)rune.Value);
                continue;
            }

            foreach (var octet in utf8[..rune.EncodeToUtf8(utf8)]) fit.Append('%').Append(octet.ToString("X2"));
        }

        return fit.ToString();
    }
}
