using System.Buffers.Text;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Gateway.Tests.OpenInference.Fuzz;

/// <summary>Makes JSON numbers: ordinary ones, and those on which parsers of decimal numbers fail.</summary>
internal sealed class NumberTexts(FuzzRandom random)
{
    public const int Longest = 1200;

    private static readonly byte[][] Special =
    [
        "0"u8.ToArray(), "-0"u8.ToArray(), "0.0"u8.ToArray(), "-0.0e-5"u8.ToArray(), "0e99999999999"u8.ToArray(), "1e-99999999999"u8.ToArray(),
        "3.4028234663852886e38"u8.ToArray(), "3.4028235677973366e38"u8.ToArray(), "3.4028235677973365e38"u8.ToArray(),
        "340282356779733661637539395458142568447"u8.ToArray(), "340282356779733661637539395458142568448"u8.ToArray(),
        "1.1754943508222875e-38"u8.ToArray(), "1.1754942106924411e-38"u8.ToArray(), "1.4e-45"u8.ToArray(), "7e-46"u8.ToArray(),
        "7.00649232162408535461864791644958e-46"u8.ToArray(), "16777217"u8.ToArray(), "16777217.0000000000000001"u8.ToArray(),
        "16777219"u8.ToArray(), "33554435"u8.ToArray(), "9007199254740993"u8.ToArray(), "9007199254740993.00000000000000000001"u8.ToArray(),
        "2.2250738585072011e-308"u8.ToArray(), "2.2250738585072014e-308"u8.ToArray(), "4.9406564584124654e-324"u8.ToArray(),
        "2.4703282292062327e-324"u8.ToArray(), "1.7976931348623157e308"u8.ToArray(), "1.7976931348623159e308"u8.ToArray(),
        "18446744073709551615"u8.ToArray(), "18446744073709551616"u8.ToArray(), "99999999999999999999"u8.ToArray(),
        "0.00000000000000000000000000000000000000000000001"u8.ToArray(), "1.00000005960464477539062500"u8.ToArray(),
    ];

    /// <summary>Writes a number. Returns its length.</summary>
    public int Write(Span<byte> text)
    {
        switch (random.Below(16))
        {
            case 0 or 1 or 2: return Digits(text, random.Below(3) + 1, random.Below(6), exponent: false);
            case 3 or 4: return Digits(text, 1, 14 + random.Below(5), exponent: false);
            case 5 or 6: return Digits(text, random.Below(21) + 1, random.Below(25), exponent: true);
            case 7 or 8: return Format(BitConverter.UInt32BitsToSingle((uint)random.Next() & 0xFF7FFFFF), text);
            case 9: return Format((double)BitConverter.UInt32BitsToSingle((uint)random.Next() & 0xFF7FFFFF), text);
            case 10: return Format(BitConverter.UInt64BitsToDouble(random.Next() & 0xFFEFFFFFFFFFFFFF), text);
            case 11: return NearMiddle(text);
            case 12: return Format((random.Next() >> 11) * (1.0 / (1UL << 53)), text);
            case 13: return Digits(text, 1, random.Below(40), exponent: random.OneIn(2));
            case 14 when random.OneIn(8):
                var special = random.Pick(Special);
                special.CopyTo(text);
                return special.Length;
            default:
                Utf8Formatter.TryFormat((long)random.OfAnyLength(40), text, out var written);
                return written;
        }
    }

    private int Digits(Span<byte> text, int whole, int fraction, bool exponent)
    {
        var length = 0;
        if (random.OneIn(2)) text[length++] = (byte)'-';
        if (random.OneIn(3)) text[length++] = (byte)'0';
        else
        {
            text[length++] = (byte)('1' + random.Below(9));
            for (; whole > 1; whole--) text[length++] = Digit();
        }

        if (fraction > 0)
        {
            text[length++] = (byte)'.';
            var zeros = random.OneIn(8) ? random.Below(12) : 0;
            for (; zeros > 0; zeros--) text[length++] = (byte)'0';
            for (; fraction > 0; fraction--) text[length++] = Digit();
        }

        if (!exponent) return length;
        text[length++] = random.OneIn(2) ? (byte)'e' : (byte)'E';
        var power = random.Below(random.OneIn(4) ? 700 : 60);
        if (random.OneIn(2)) text[length++] = random.OneIn(2) ? (byte)'-' : (byte)'+';
        if (random.OneIn(16)) text[length++] = (byte)'0';
        Utf8Formatter.TryFormat(power, text[length..], out var written);
        return length + written;
    }

    private byte Digit() => random.OneIn(8) ? (byte)(random.OneIn(2) ? '0' : '9') : (byte)('0' + random.Below(10));

    /// <summary>The exact middle between two floats or doubles, cut off, as it is, or with a little more.</summary>
    private int NearMiddle(Span<byte> text)
    {
        BigInteger significand;
        int power;
        if (random.OneIn(2))
        {
            significand = ((random.Next() & 0x7FFFFF) + 0x800000) * 2 + 1;
            power = random.Below(100) - 70;
        }
        else
        {
            significand = ((random.Next() & 0xFFFFFFFFFFFFF) + 0x10000000000000) * 2 + 1;
            power = random.Below(160) - 110;
        }

        // s · 2^-p is s · 5^p · 10^-p, exactly.
        var integer = power >= 0 ? significand << power : significand * BigInteger.Pow(5, -power);
        var exact = integer.ToString(CultureInfo.InvariantCulture);
        var digits = random.Below(4) switch
        {
            0 => exact[..Math.Min(exact.Length, 12 + random.Below(9))],
            1 => exact + new string('0', random.Below(30)) + "1",
            _ => exact,
        };
        if (power is < 0 and > -40 && random.OneIn(2)) return Plain(digits, exact.Length + power, text);
        var scale = (power < 0 ? power : 0) + exact.Length - 1;
        return Encoding.ASCII.GetBytes($"{digits[0]}.{(digits.Length > 1 ? digits[1..] : "0")}e{scale}", text);
    }

    /// <summary>Without an exponent: 0.digits · 10^point.</summary>
    private static int Plain(string digits, int point, Span<byte> text)
    {
        var number = point <= 0 ? $"0.{new string('0', -point)}{digits}"
            : point < digits.Length ? $"{digits[..point]}.{digits[point..]}"
            : digits.PadRight(point, '0');
        return Encoding.ASCII.GetBytes(number, text);
    }

    private static int Format(float value, Span<byte> text)
    {
        value.TryFormat(text, out var written, "R", CultureInfo.InvariantCulture);
        return written;
    }

    private static int Format(double value, Span<byte> text)
    {
        value.TryFormat(text, out var written, "R", CultureInfo.InvariantCulture);
        return written;
    }
}
