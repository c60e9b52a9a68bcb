using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace Gateway.Http;

/// <summary>Reads <c>Content-Encoding</c> and <c>Accept-Encoding</c>.</summary>
internal static class ContentCodings
{
    /// <summary>What an answer to an unknown <c>Content-Encoding</c> offers instead.</summary>
    public const string Offered = "gzip, deflate";

    /// <summary>The coding of a request body; false when it is none of ours, or several on top of each other.</summary>
    public static bool TryRead(StringValues header, out ContentCoding coding)
    {
        coding = ContentCoding.Identity;
        if (header.Count == 0) return true;
        return header.Count == 1 && TryParse(header[0].AsSpan().Trim(), out coding);
    }

    /// <summary>The best coding that the caller takes; of equals gzip, then deflate. Identity when in doubt.</summary>
    public static ContentCoding Choose(StringValues accept)
    {
        if (accept.Count == 0) return ContentCoding.Identity;
        var wishes = new Wishes();
        foreach (var line in accept)
        {
            var rest = line.AsSpan();
            while (rest.Length > 0)
            {
                var comma = rest.IndexOf(',');
                wishes.Add(comma < 0 ? rest : rest[..comma]);
                rest = comma < 0 ? default : rest[(comma + 1)..];
            }
        }

        return wishes.Best();
    }

    public static string Name(ContentCoding coding) => coding == ContentCoding.Gzip ? "gzip" : "deflate";

    private static bool TryParse(ReadOnlySpan<char> name, out ContentCoding coding)
    {
        coding = ContentCoding.Identity;
        if (name.IsEmpty || name.Equals("identity", StringComparison.OrdinalIgnoreCase)) return true;
        if (name.Equals("gzip", StringComparison.OrdinalIgnoreCase) || name.Equals("x-gzip", StringComparison.OrdinalIgnoreCase))
            coding = ContentCoding.Gzip;
        else if (name.Equals("deflate", StringComparison.OrdinalIgnoreCase)) coding = ContentCoding.Deflate;
        else return false;
        return true;
    }

    /// <summary>How much the caller wants each coding, in thousandths; -1 where it does not say.</summary>
    private struct Wishes()
    {
        private int gzip = -1;
        private int deflate = -1;
        private int identity = -1;
        private int other = -1;

        public void Add(ReadOnlySpan<char> wish)
        {
            var semicolon = wish.IndexOf(';');
            var weight = semicolon < 0 ? 1000 : Weight(wish[(semicolon + 1)..]);
            var name = (semicolon < 0 ? wish : wish[..semicolon]).Trim();
            if (name is "*") other = weight;
            else if (name.IsEmpty || !TryParse(name, out var coding)) return;
            else if (coding == ContentCoding.Gzip) gzip = weight;
            else if (coding == ContentCoding.Deflate) deflate = weight;
            else identity = weight;
        }

        public readonly ContentCoding Best()
        {
            var gzipWeight = gzip >= 0 ? gzip : Math.Max(other, 0);
            var deflateWeight = deflate >= 0 ? deflate : Math.Max(other, 0);
            var best = Math.Max(gzipWeight, deflateWeight);

            // Identity is always acceptable unless refused, but only preferred when it is named with the higher weight.
            if (best == 0 || identity > best) return ContentCoding.Identity;
            return gzipWeight == best ? ContentCoding.Gzip : ContentCoding.Deflate;
        }

        /// <summary>The <c>q</c> of a wish's parameters; 1 when there is none, 0 when it is not a number.</summary>
        private static int Weight(ReadOnlySpan<char> parameters)
        {
            var text = parameters.Trim();
            if (!text.StartsWith("q=", StringComparison.OrdinalIgnoreCase)) return 1000;
            var number = text[2..].Trim();
            var isNumber = decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var weight);
            return isNumber && weight <= 1 ? (int)(weight * 1000) : 0;
        }
    }
}
