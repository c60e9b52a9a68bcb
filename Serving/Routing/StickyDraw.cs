using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Serving.Routing;

/// <summary>
/// The published rule of the sticky draw: weighted rendezvous hashing. Each variant scores <c>-weight / ln(u)</c>, where
/// <c>u = (h + 0.5) / 2^53</c> and <c>h</c> is the top 53 bits, read big-endian, of SHA-256 of the UTF-8 text
/// <c>model \n version \n key</c>; the highest score wins. A variant's score depends on its own weight only, so raising
/// it moves callers into that variant and none between the others.
/// </summary>
internal static class StickyDraw
{
    /// <summary>The part of the hashed text that a variant has in common for all keys.</summary>
    public static byte[] Prefix(string model, string version) => Encoding.UTF8.GetBytes($"{model}\n{version}\n");

    /// <param name="text">Prefix and key as UTF-8.</param>
    /// <param name="weight">The variant's weight, positive.</param>
    public static double Score(ReadOnlySpan<byte> text, int weight)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, digest);
        var u = ((BinaryPrimitives.ReadUInt64BigEndian(digest) >> 11) + 0.5) / (1UL << 53);

        // The largest h rounds u up to 1, whose logarithm would turn the best score into the worst.
        return u < 1 ? -weight / Math.Log(u) : double.PositiveInfinity;
    }
}
