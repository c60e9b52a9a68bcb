using System.Globalization;
using System.Text;
using Gateway.OpenInference;
using Gateway.Tests.OpenInference.Fuzz;

namespace Gateway.Tests.OpenInference;

public sealed class FloatTextTests
{
    [Theory]
    [InlineData(0f, "0.0")]
    [InlineData(-0f, "-0.0")]
    [InlineData(1f, "1.0")]
    [InlineData(-120f, "-120.0")]
    [InlineData(0.1f, "0.1")]
    [InlineData(0.00001f, "0.00001")]
    [InlineData(0.000012f, "0.000012")]
    [InlineData(0.000001f, "1e-6")]
    [InlineData(12.5f, "12.5")]
    [InlineData(16777216f, "16777216.0")]
    [InlineData(1e15f, "1000000000000000.0")]
    [InlineData(1e16f, "1e16")]
    [InlineData(3.4028235e38f, "3.4028235e38")]
    [InlineData(1.1754944e-38f, "1.1754944e-38")]
    [InlineData(1e-45f, "1e-45")]
    [InlineData(33554432f, "33554432.0")]
    [InlineData(8388609f, "8388609.0")]
    public void Write_Float_TakesTheFewestDigits(float value, string expected) => Assert.Equal(expected, Text(value));

    [Theory]
    [InlineData(0.1, "0.1")]
    [InlineData(1e23, "1e23")]
    [InlineData(9007199254740993.0, "9007199254740992.0")]
    [InlineData(1.7976931348623157e308, "1.7976931348623157e308")]
    [InlineData(5e-324, "5e-324")]
    [InlineData(-2.2250738585072014e-308, "-2.2250738585072014e-308")]
    [InlineData(1234567890123456.7, "1234567890123456.8")]
    [InlineData(0.30000000000000004, "0.30000000000000004")]
    public void Write_Double_TakesTheFewestDigits(double value, string expected) => Assert.Equal(expected, Text(value));

    [Fact]
    public void Write_AnyFloat_ReadsBackAndHasTheLibrarysDigits()
    {
        var random = new FuzzRandom(7);
        for (var i = FuzzCount.Or(300_000); i > 0; i--)
        {
            var value = BitConverter.UInt32BitsToSingle((uint)random.Next());
            if (!float.IsFinite(value)) continue;
            var text = Text(value);
            var back = float.Parse(text, CultureInfo.InvariantCulture);
            Assert.Equal(BitConverter.SingleToUInt32Bits(value), BitConverter.SingleToUInt32Bits(back));
            Assert.Equal(Digits(value.ToString("R", CultureInfo.InvariantCulture)), Digits(text));
        }
    }

    [Fact]
    public void Write_AnyDouble_ReadsBackAndHasTheLibrarysDigits()
    {
        var random = new FuzzRandom(8);
        for (var i = FuzzCount.Or(300_000); i > 0; i--)
        {
            var value = random.OneIn(4)
                ? Math.Round((random.Next() >> 11) * 1e-9, random.Below(8))
                : BitConverter.UInt64BitsToDouble(random.Next());
            if (!double.IsFinite(value)) continue;
            var text = Text(value);
            var back = double.Parse(text, CultureInfo.InvariantCulture);
            Assert.Equal(BitConverter.DoubleToUInt64Bits(value), BitConverter.DoubleToUInt64Bits(back));
            Assert.Equal(Digits(value.ToString("R", CultureInfo.InvariantCulture)), Digits(text));
        }
    }

    /// <summary>The digits that count, without sign, point, exponent and zeros at either end.</summary>
    private static string Digits(string number)
    {
        var exponent = number.AsSpan().IndexOfAny('e', 'E');
        var mantissa = exponent < 0 ? number : number[..exponent];
        return new string(mantissa.Where(char.IsAsciiDigit).ToArray()).Trim('0');
    }

    private static string Text(float value)
    {
        Span<byte> text = stackalloc byte[FloatText.Longest];
        return Encoding.ASCII.GetString(text[..FloatText.Write(value, text)]);
    }

    private static string Text(double value)
    {
        Span<byte> text = stackalloc byte[FloatText.Longest];
        return Encoding.ASCII.GetString(text[..FloatText.Write(value, text)]);
    }
}
