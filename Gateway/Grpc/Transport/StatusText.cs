using System.Buffers;
using System.Text;

namespace Gateway.Grpc.Transport;

/// <summary>
/// Makes a sentence fit for <c>grpc-message</c>: printable ASCII but '%' stays, the rest is percent-encoded UTF-8.
/// </summary>
internal static class StatusText
{
    /// <summary>Characters of the encoded text; more would run into what clients accept of metadata (8 KiB by default).</summary>
    public const int MostCharacters = 2048;

    private static readonly SearchValues<char> Plain =
        SearchValues.Create([.. Enumerable.Range(0x20, 0x7E - 0x20 + 1).Select(c => (char)c).Where(c => c != '%')]);

    public static string Encode(string message)
    {
        if (message.Length <= MostCharacters && !message.AsSpan().ContainsAnyExcept(Plain)) return message;
        var text = new StringBuilder(Math.Min(message.Length + 16, MostCharacters));
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in message.EnumerateRunes())
        {
            var plain = rune.IsBmp && Plain.Contains((char)rune.Value);
            var length = plain ? 1 : 3 * rune.EncodeToUtf8(utf8);
            if (text.Length + length > MostCharacters) break;
            if (plain) text.Append((char)rune.Value);
            else foreach (var octet in utf8[..(length / 3)]) text.Append('%').Append(octet.ToString("X2"));
        }

        return text.ToString();
    }
}
